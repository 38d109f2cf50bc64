import type { Clock } from '../common/clock.js';
import type { Diagnostics } from '../common/diagnostics.js';
import type { InstrumentationScope } from '../common/export.js';
import type { Resource } from '../common/resource.js';
import type { SpanFanOut } from './processors/fan-out.js';
import type { SpanLimits } from './span-limits.js';

/** What all spans of one tracer have in common; each span points to it. */
export interface SpanHome {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly limits: Required<SpanLimits>;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly processors: SpanFanOut;
}
