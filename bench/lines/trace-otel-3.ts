import type { ContextManager, context, Tracer } from '@opentelemetry/api';
import { alwaysOff, parentBased } from '../../src/trace/index.js';
import { fetchedPackage } from '../lib/fetched-package.js';
import {
  activeSpan,
  CountingExporter,
  ourSide,
  recordedBy,
  type Side,
  silentSpan,
  sixAttributes,
  twoAttributes,
  unsampledBy,
  type Work,
} from '../lib/spans.js';
import type { BenchLine, Comparison } from '../line.js';

const PEER = 'OpenTelemetry SDK 3.1';
const FOLDER = 'opentelemetry-3';
const PACKAGES = [
  '@opentelemetry/sdk-trace@~3.1',
  '@opentelemetry/context-async-hooks@~3.1',
  '@opentelemetry/api@1.10',
];

/** What of the SDK's version 3 is used here. Its types want version 1.10 of the API, which the project has as 1.9. */
interface Sdk {
  TracerProvider: new (options: {
    sampler?: object;
    spanProcessors: object[];
  }) => { getTracer(name: string): Tracer; shutdown(): Promise<void> };
  BatchSpanProcessor: new (options: { exporter: object }) => { forceFlush(): Promise<void> };
  ParentBasedSampler: new (options: { root: object }) => object;
  AlwaysOffSampler: new () => object;
}

/** The lines against OpenTelemetry's newest SDK, which needs Node 22: `npx -p node@22 npm run bench -- --only 'SDK 3'`. */
export const traceOtel3Lines: BenchLine[] = runsHere()
  ? [
      line('span: start, 2 attributes, end, batched', 4, () => recorded(twoAttributes)),
      line('span: 6 attributes, batched', 5, () => recorded(sixAttributes)),
      line('startActiveSpan, 2 attributes', 4, () => recorded(activeSpan)),
      line('unsampled span', 10, () => unsampled(silentSpan)),
    ]
  : [];

function line(name: string, aim: number, setup: () => Promise<Comparison>): BenchLine {
  return { name: `${name}, SDK 3`, aim, setup };
}

function runsHere(): boolean {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major! > 22 || (major === 22 && minor! >= 15);
}

async function recorded(work: Work): Promise<Comparison> {
  return recordedBy(ourSide(new CountingExporter()), peerSide(await fetchedSdk()), work);
}

async function unsampled(work: Work): Promise<Comparison> {
  const sdk = await fetchedSdk();
  const sampler = new sdk.ParentBasedSampler({ root: new sdk.AlwaysOffSampler() });
  const ours = ourSide(new CountingExporter(), { sampler: parentBased(alwaysOff()) });
  return unsampledBy(ours, peerSide(sdk, { sampler }), work);
}

function peerSide(sdk: Sdk, options: { sampler?: object } = {}): Side {
  const exporter = new CountingExporter();
  const processor = new sdk.BatchSpanProcessor({ exporter });
  const provider = new sdk.TracerProvider({ spanProcessors: [processor], ...options });
  return { name: PEER, provider, processor, exporter };
}

/** The SDK, with its context manager registered at the API that it brings. */
async function fetchedSdk(): Promise<Sdk> {
  const load = <T>(name: string) => fetchedPackage<T>(name, FOLDER, PACKAGES);
  const sdk = await load<Sdk>('@opentelemetry/sdk-trace');
  const api = await load<{ context: typeof context }>('@opentelemetry/api');
  const hooks = await load<{ AsyncLocalStorageContextManager: new () => ContextManager }>(
    '@opentelemetry/context-async-hooks',
  );
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  return sdk;
}
