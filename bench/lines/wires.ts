import { type Context, ROOT_CONTEXT, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import { B3InjectEncoding, B3Propagator as OtelB3 } from '@opentelemetry/propagator-b3';
import { JaegerPropagator as OtelJaeger } from '@opentelemetry/propagator-jaeger';
import { B3Propagator, headerCarrier, JaegerPropagator, XRayPropagator } from '../../src/trace/index.js';
import type { BenchLine, Contestant } from '../line.js';

const PEER = 'OpenTelemetry propagators';
const CALLS = 256;

/** What many senders would write: the headers of each call differ. */
function headersBy(propagator: TextMapPropagator): Record<string, string>[] {
  return Array.from({ length: CALLS }, (_, i) => {
    const id = (0x1234567890 + i * 7919).toString(16).padStart(16, '0');
    const spanContext = { traceId: id + id, spanId: id, traceFlags: i & 1 };
    const headers: Record<string, string> = { host: 'localhost', accept: '*/*' };
    propagator.inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), headers, headerCarrier);
    return headers;
  });
}

/** Reads the headers of a request and writes those of the next one. */
function passOn(name: string, propagator: TextMapPropagator, all: Record<string, string>[]): Contestant {
  return {
    name,
    run(n) {
      let context: Context = ROOT_CONTEXT;
      for (let i = 0; i < n; i++) {
        context = propagator.extract(ROOT_CONTEXT, all[i % CALLS]!, GETTER);
        propagator.inject(context, {}, SETTER);
      }
      if (context === ROOT_CONTEXT) throw new Error(`${name} read nothing`);
    },
  };
}

/** As instrumentations of Node's own server have them. */
const GETTER = {
  keys: (headers: Record<string, string>) => Object.keys(headers),
  get: (headers: Record<string, string>, key: string) => headers[key],
};
const SETTER = {
  set(headers: Record<string, string>, key: string, value: string) {
    headers[key] = value;
  },
};

function line(name: string, ours: TextMapPropagator, peer: TextMapPropagator): BenchLine {
  return {
    name: `${name}: extract and inject`,
    setup: async () => {
      const all = headersBy(peer);
      return { ours: passOn('telltale', ours, all), peer: passOn(PEER, peer, all) };
    },
  };
}

export const wireLines: BenchLine[] = [
  line('b3', new B3Propagator(), new OtelB3()),
  line(
    'b3 multi',
    new B3Propagator({ inject: 'multi' }),
    new OtelB3({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  ),
  line('uber-trace-id', new JaegerPropagator(), new OtelJaeger()),
  line('x-amzn-trace-id', new XRayPropagator(), new AWSXRayPropagator()),
];
