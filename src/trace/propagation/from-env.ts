import type { TextMapPropagator } from '@opentelemetry/api';
import { Diagnostics } from '../../common/diagnostics.js';
import { describe } from '../../common/errors.js';
import { checkOptions } from '../../common/options.js';
import { B3Propagator } from './b3.js';
import { W3CBaggagePropagator } from './baggage.js';
import { CompositePropagator } from './composite.js';
import { JaegerPropagator } from './jaeger.js';
import { W3CTraceContextPropagator } from './trace-context.js';
import { XRayPropagator } from './xray.js';

export interface PropagatorFromEnvOptions {
  /** Default `process.env`. */
  env?: Record<string, string | undefined>;
  /** Told of names that nobody knows. */
  diagnostics?: Diagnostics;
  /** Propagators by further names, such as `ottrace`. */
  others?: Readonly<Record<string, () => TextMapPropagator>>;
}

const KNOWN: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator(),
  b3multi: () => new B3Propagator({ inject: 'multi' }),
  jaeger: () => new JaegerPropagator(),
  xray: () => new XRayPropagator(),
};

/**
 * The propagator that `OTEL_PROPAGATORS` asks for: a list of `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`
 * and `xray` with commas between, or `none`. Default `tracecontext,baggage`. A name that is not known is told of
 * and left out.
 *
 * ```ts
 * const telemetry = createTelemetry({ traces: { propagator: propagatorFromEnv() } });
 * ```
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 *
 * @throws TelltaleError for an option that is unknown or wrong.
 */
export function propagatorFromEnv(options: PropagatorFromEnvOptions = {}): TextMapPropagator {
  const given = checkOptions('propagatorFromEnv', options, ['env', 'diagnostics', 'others']);
  const { env = process.env, diagnostics = new Diagnostics(), others = {} } = given;
  const asked = (env.OTEL_PROPAGATORS ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const names = new Set(asked.length === 0 ? ['tracecontext', 'baggage'] : asked);
  const propagators: TextMapPropagator[] = [];
  if (!names.has('none')) {
    for (const name of names) {
      const make = Object.hasOwn(others, name) ? others[name] : undefined;
      const known = make ?? (Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined);
      if (known !== undefined) propagators.push(known());
      else {
        const accepted = [...Object.keys(KNOWN), ...Object.keys(others), 'none'].join(', ');
        diagnostics.report(
          'unknown_propagator',
          name,
          `OTEL_PROPAGATORS names ${describe(name)}, which is left out; accepted: ${accepted}`,
        );
      }
    }
  }
  return new CompositePropagator({ propagators, diagnostics });
}
