import type { Attributes, BatchObservableCallback, Observable } from '@opentelemetry/api';
import { withinTime } from '../../common/deadline.js';
import type { MetricSettings } from '../settings.js';
import { ObservableInstrument } from './instruments.js';
import type { SharedSeries } from './shared-metric.js';
import type { Stream } from './stream.js';

/** Asks the callbacks of observable instruments, and sets their series to what they say. */
export class Observation {
  readonly #settings: MetricSettings;
  readonly #instruments = new Set<ObservableInstrument>();
  readonly #batches: { callback: BatchObservableCallback; instruments: Set<ObservableInstrument> }[] = [];

  constructor(settings: MetricSettings) {
    this.#settings = settings;
  }

  add(instrument: ObservableInstrument): void {
    this.#instruments.add(instrument);
  }

  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ownOf(observables);
    if (instruments.size === 0 || this.#indexOf(callback, instruments) >= 0) return;
    this.#batches.push({ callback, instruments });
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const at = this.#indexOf(callback, ownOf(observables));
    if (at >= 0) this.#batches.splice(at, 1);
  }

  /** Asks all of them at once. Never rejects. */
  async collect(): Promise<void> {
    const told = new Map<Stream, Map<SharedSeries, number>>();
    const failed = new Set<ObservableInstrument>();
    const asked: Promise<void>[] = [];
    for (const instrument of this.#instruments) {
      const only = new Set([instrument]);
      for (const callback of instrument.callbacks) {
        asked.push(
          this.#ask(only, failed, (isOpen) =>
            callback({
              observe: (value, attributes) => {
                if (isOpen()) tell(told, instrument, value, attributes);
              },
            }),
          ),
        );
      }
    }
    for (const { callback, instruments } of this.#batches) {
      asked.push(
        this.#ask(instruments, failed, (isOpen) =>
          callback({
            observe: (instrument, value, attributes) => {
              if (!isOpen() || !instruments.has(instrument as ObservableInstrument)) return;
              tell(told, instrument as ObservableInstrument, value, attributes);
            },
          }),
        ),
      );
    }
    await Promise.all(asked);
    for (const instrument of this.#instruments) {
      if (!failed.has(instrument)) for (const stream of instrument.streams) settle(stream, told.get(stream));
    }
  }

  /** Calls back, for a limited time; what is told after that does not count. */
  async #ask(
    instruments: ReadonlySet<ObservableInstrument>,
    failed: Set<ObservableInstrument>,
    call: (isOpen: () => boolean) => unknown,
  ): Promise<void> {
    const { clock, collectTimeout, diagnostics } = this.#settings;
    let open = true;
    try {
      const done = await withinTime((async () => call(() => open))(), collectTimeout, clock);
      if (!done) throw new Error(`it took longer than ${collectTimeout} ms`);
    } catch (error) {
      // The values before stand.
      for (const instrument of instruments) failed.add(instrument);
      const names = [...instruments].map(({ streams }) => streams[0]?.identity.descriptor.name).join(', ');
      diagnostics.report('collect_failed', names, `The callback of ${names} failed`, error);
    } finally {
      open = false;
    }
  }

  #indexOf(callback: BatchObservableCallback, instruments: ReadonlySet<ObservableInstrument>): number {
    return this.#batches.findIndex(
      (batch) =>
        batch.callback === callback &&
        batch.instruments.size === instruments.size &&
        [...instruments].every((instrument) => batch.instruments.has(instrument)),
    );
  }
}

function ownOf(observables: readonly Observable[]): Set<ObservableInstrument> {
  return new Set(
    observables.filter((observable): observable is ObservableInstrument => {
      return observable instanceof ObservableInstrument;
    }),
  );
}

function tell(
  told: Map<Stream, Map<SharedSeries, number>>,
  { streams, least, additive }: ObservableInstrument,
  value: number,
  attributes: Attributes | undefined,
): void {
  for (const stream of streams) {
    if (typeof value !== 'number' || (additive && !(value >= least && Number.isFinite(value)))) {
      stream.refuse(value, additive ? `a finite number of at least ${least}` : 'a number');
      continue;
    }
    const values = told.get(stream) ?? new Map<SharedSeries, number>();
    told.set(stream, values);
    const series = stream.at(attributes);
    // Where a view makes several into one they are added up; the last value counts where that makes no sense.
    values.set(series, additive && values.has(series) ? values.get(series)! + value : value);
  }
}

/** What is not told of any more is gone. */
function settle(stream: Stream, values: ReadonlyMap<SharedSeries, number> = new Map()): void {
  for (const series of stream.series()) if (!values.has(series)) stream.discard(series);
  for (const [series, value] of values) {
    // A histogram takes what is observed as one measurement more.
    if ('value' in series) series.value = value;
    else series.observe(value);
  }
}
