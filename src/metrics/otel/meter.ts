import type {
  Attributes,
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter as MeterApi,
  MetricOptions,
  Observable,
  UpDownCounter,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '../../common/export.js';
import type { InstrumentIdentity, InstrumentType } from '../instrument.js';
import { labelText } from '../labels.js';
import { Instrument, ObservableInstrument } from './instruments.js';
import type { Observation } from './observation.js';
import type { StreamFactory } from './stream-factory.js';

/**
 * A meter of OpenTelemetry's API. Its instruments record into the provider's registry: a counter `http.requests`
 * with the unit `By` is there as `http_requests_bytes_total`.
 */
export class Meter implements MeterApi {
  readonly #scope: InstrumentationScope;
  readonly #streams: StreamFactory;
  readonly #observation: Observation;
  /** The same name, type and unit give the same instrument. */
  readonly #instruments = new Map<string, Instrument | ObservableInstrument>();

  constructor(scope: InstrumentationScope, streams: StreamFactory, observation: Observation) {
    this.#scope = scope;
    this.#streams = streams;
    this.#observation = observation;
  }

  createCounter<A extends Attributes = Attributes>(name: string, options?: MetricOptions): Counter<A> {
    return this.#create(name, 'COUNTER', options);
  }

  createUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): UpDownCounter<A> {
    return this.#create(name, 'UP_DOWN_COUNTER', options);
  }

  createGauge<A extends Attributes = Attributes>(name: string, options?: MetricOptions): Gauge<A> {
    return this.#create(name, 'GAUGE', options);
  }

  createHistogram<A extends Attributes = Attributes>(name: string, options?: MetricOptions): Histogram<A> {
    return this.#create(name, 'HISTOGRAM', options);
  }

  createObservableCounter<A extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): Observable<A> {
    return this.#createObservable(name, 'COUNTER', options);
  }

  createObservableUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): Observable<A> {
    return this.#createObservable(name, 'UP_DOWN_COUNTER', options);
  }

  createObservableGauge<A extends Attributes = Attributes>(
    name: string,
    options?: MetricOptions,
  ): Observable<A> {
    return this.#createObservable(name, 'GAUGE', options);
  }

  addBatchObservableCallback<A extends Attributes = Attributes>(
    callback: BatchObservableCallback<A>,
    observables: Observable<A>[],
  ): void {
    this.#observation.addBatch(callback as BatchObservableCallback, observables as Observable[]);
  }

  removeBatchObservableCallback<A extends Attributes = Attributes>(
    callback: BatchObservableCallback<A>,
    observables: Observable<A>[],
  ): void {
    this.#observation.removeBatch(callback as BatchObservableCallback, observables as Observable[]);
  }

  #create(
    name: string,
    type: 'COUNTER' | 'UP_DOWN_COUNTER' | 'GAUGE' | 'HISTOGRAM',
    options: MetricOptions | undefined,
  ): Instrument {
    const identity = this.#identify(name, type, options);
    return this.#once(identity, () => new Instrument(this.#streams.streamsFor(identity, options?.advice)));
  }

  #createObservable(
    name: string,
    type: 'COUNTER' | 'UP_DOWN_COUNTER' | 'GAUGE',
    options: MetricOptions | undefined,
  ): ObservableInstrument {
    const identity = this.#identify(name, `OBSERVABLE_${type}`, options);
    return this.#once(identity, () => {
      const instrument = new ObservableInstrument(this.#streams.streamsFor(identity), type);
      this.#observation.add(instrument);
      return instrument;
    });
  }

  #identify(name: string, type: InstrumentType, options: MetricOptions | undefined): InstrumentIdentity {
    return {
      scope: this.#scope,
      type,
      descriptor: {
        name: labelText(name),
        description: labelText(options?.description),
        unit: labelText(options?.unit),
        valueType: options?.valueType === 0 ? 0 : 1,
      },
    };
  }

  #once<I extends Instrument | ObservableInstrument>(identity: InstrumentIdentity, make: () => I): I {
    const { name, unit } = identity.descriptor;
    const key = `${identity.type} ${unit} ${name.toLowerCase()}`;
    const known = this.#instruments.get(key) as I | undefined;
    if (known !== undefined) return known;
    const made = make();
    this.#instruments.set(key, made);
    return made;
  }
}
