import { MeterProvider, type MeterProviderOptions, OWNER } from './meter-provider.js';
import { type OtelViewOptions, viewSelector } from './view-options.js';

export interface ViewedMeterProviderOptions extends MeterProviderOptions {
  /** Views as OpenTelemetry's SDK takes them. */
  views?: readonly OtelViewOptions[];
}

/**
 * Telltale's metrics behind OpenTelemetry's metrics API: instruments made here are metrics of the registry, and
 * are scraped, exported and queried with telltale's own.
 *
 * ```ts
 * const meterProvider = new MeterProvider({ registry });
 * registerGlobals({ tracerProvider, meterProvider }); // or telemetry.register()
 * const requests = metrics.getMeter('shop').createCounter('shop.orders', { description: 'Orders placed.' });
 * requests.add(1, { 'payment.method': 'card' }); // shop_orders_total{payment_method="card",…} 1
 * ```
 *
 * Attributes become labels as they come: no names need be declared. In OTLP the instrument keeps its own name,
 * unit, scope and attributes.
 *
 * @throws TelltaleError for wrong options
 */
export class ViewedMeterProvider extends MeterProvider {
  /** Those that `createTelemetry` makes have no views; to everybody else they are of one class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(MeterProvider, value);
  }

  constructor(options: ViewedMeterProviderOptions = {}) {
    super(options, viewSelector(OWNER, options?.views));
  }
}
