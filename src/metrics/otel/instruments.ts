import type {
  Attributes,
  Context,
  Counter,
  Gauge,
  Histogram,
  Observable,
  ObservableCallback,
  UpDownCounter,
} from '@opentelemetry/api';
import type { Stream } from './stream.js';

/** A counter, an up-down counter, a gauge or a histogram of OpenTelemetry's API. */
export class Instrument implements Counter, UpDownCounter, Gauge, Histogram {
  /** Mostly one; views make more of it, or none. */
  readonly #streams: readonly Stream[];

  constructor(streams: readonly Stream[]) {
    this.#streams = streams;
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    const streams = this.#streams;
    for (let i = 0; i < streams.length; i++) streams[i]!.record(value, attributes, context);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    const streams = this.#streams;
    for (let i = 0; i < streams.length; i++) streams[i]!.record(value, attributes, context);
  }
}

/** An instrument that is asked when it is read. */
export class ObservableInstrument implements Observable {
  readonly callbacks = new Set<ObservableCallback>();
  readonly streams: readonly Stream[];
  /** What every value must be at least. */
  readonly least: number;
  /** Whether any finite number will do; a gauge takes every number. */
  readonly additive: boolean;

  constructor(streams: readonly Stream[], type: 'COUNTER' | 'UP_DOWN_COUNTER' | 'GAUGE') {
    this.streams = streams;
    this.least = type === 'COUNTER' ? 0 : -Infinity;
    this.additive = type !== 'GAUGE';
  }

  addCallback(callback: ObservableCallback): void {
    this.callbacks.add(callback);
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.delete(callback);
  }
}
