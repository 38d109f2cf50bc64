export { seededRandom } from '../common/random.js';
export { InMemoryLogExporter, InMemoryMetricExporter, InMemorySpanExporter } from '../exporters/memory.js';
export { FakeClock, type FakeClockOptions } from './fake-clock.js';
export { type ExpectedSpan, matchers, type Recorded, type TelltaleMatchers } from './matchers.js';
export {
  type AskOptions,
  type Promql,
  type PromqlAnswer,
  type PromqlOverOptions,
  type PromqlSample,
  type PromqlSeries,
  type PromqlSubject,
  promqlOver,
} from './promql.js';
export { createTestTelemetry, type TestTelemetry, type TestTelemetryOptions } from './test-telemetry.js';
