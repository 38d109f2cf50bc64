import { checkFunction, checkNumber, checkOptions } from '../../common/options.js';
import type { ReadableSpan, SpanProcessor } from '../../trace/readable-span.js';
import type { Indicator, IndicatorHost } from '../indicator.js';

export interface SpansWhereOptions {
  /** Which spans are events; a name, or a function. Default: server and consumer spans. */
  match?: string | ((span: ReadableSpan) => boolean);
  /** Which of them are good. Default: those whose status is no error. */
  good?: (span: ReadableSpan) => boolean;
  /** Seconds; a span that took longer is bad, whatever its status. Default: no limit. */
  threshold?: number;
}

/** OpenTelemetry's `SpanKind.SERVER` and `CONSUMER`, and `SpanStatusCode.ERROR`. */
const SERVER = 1;
const CONSUMER = 4;
const ERROR = 2;

const OWNER = 'spansWhere';

/**
 * Counts finished spans. It is a span processor as well, to be handed to the tracer provider: what a sampler leaves
 * out is not counted, so put it where every span is recorded.
 *
 * ```ts
 * const payments = spansWhere({ match: 'charge', threshold: 0.5 });
 * new TracerProvider({ spanProcessors: [payments] });
 * new SloTracker({ id: 'payments', target: 99.5, indicator: payments });
 * ```
 *
 * @throws TelltaleError when an option is wrong.
 */
export function spansWhere(options: SpansWhereOptions = {}): Indicator & SpanProcessor {
  const given = checkOptions(OWNER, options, ['match', 'good', 'threshold']);
  const { match = isEntry } = given;
  if (typeof match !== 'string') checkFunction(OWNER, 'match', match);
  const isGood = checkFunction(OWNER, 'good', given.good) ?? hasNoError;
  const threshold = checkNumber(OWNER, 'threshold', given.threshold, Infinity, { min: 0 });
  const isEvent = typeof match === 'string' ? (span: ReadableSpan) => span.name === match : match;
  const hosts = new Set<IndicatorHost>();
  return {
    text: typeof match === 'string' ? `spans named ${match}` : 'spans',
    start(host) {
      hosts.add(host);
      return { stop: () => void hosts.delete(host) };
    },
    onStart() {},
    onEnd(span) {
      for (const host of hosts) {
        try {
          if (!isEvent(span)) continue;
          const good = span.duration[0] + span.duration[1] / 1e9 <= threshold && isGood(span);
          host.add(good ? 1 : 0, good ? 0 : 1);
        } catch (error) {
          host.diagnostics.report('slo_failed', host.id, `${OWNER}: a span could not be judged`, error);
        }
      }
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

function isEntry({ kind }: ReadableSpan): boolean {
  return kind === SERVER || kind === CONSUMER;
}

function hasNoError({ status }: ReadableSpan): boolean {
  return status.code !== ERROR;
}
