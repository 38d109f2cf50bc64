import type { Timer } from '../../common/clock.js';
import { messageOf } from '../../common/diagnostics.js';
import { checkMethods, checkOptions } from '../../common/options.js';
import type { MetricSource } from '../../query/source.js';
import type { Indicator, IndicatorDefinition } from '../indicator.js';
import { eventQueries, inWindow } from '../promql-window.js';
import { queryNumber } from '../query-number.js';
import { durationOption } from '../window.js';
import { partOfTotal } from './part-of-total.js';

export interface PromqlRatioOptions {
  /** What is asked: `embeddedSource(store)` or `prometheusSource({ url })`. */
  source: MetricSource;
  /** Good events: a selector of counters, or PromQL with `$window` in place of the range; this or `bad`. */
  good?: string;
  /** Bad events, likewise; this or `good`. */
  bad?: string;
  /** All events, likewise. */
  total: string;
  /** How often it is asked. Default `1m`. */
  interval?: string;
}

const OWNER = 'promqlRatio';

/** A range that was missed is asked for later, but no further back than this. Milliseconds. */
const LONGEST_RANGE = 3_600_000;

/**
 * Counts events that a `MetricSource` knows of, by PromQL: what happened since the last asking, each minute.
 * Whatever the source could not answer is asked for again with the next range, up to an hour back.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function promqlRatio(options: PromqlRatioOptions): Indicator {
  const given = checkOptions(OWNER, options, ['source', 'good', 'bad', 'total', 'interval']);
  const source = checkMethods(OWNER, 'source', given.source, ['query']);
  const { part, definition } = partOfTotal(OWNER, given);
  const interval = durationOption(OWNER, 'interval', given.interval ?? '1m', 1000);
  return promqlIndicator(`${part} of ${given.total}`, definition, source, interval);
}

/** As `promqlRatio`, of any definition. Without a source it defines, but counts nothing. */
export function promqlIndicator(
  text: string,
  definition: IndicatorDefinition,
  source: MetricSource | undefined,
  interval = 60_000,
): Indicator {
  const queries = eventQueries(OWNER, definition);
  return {
    text,
    definition,
    start(host) {
      if (source === undefined) {
        host.note('query_failed', `${text}: there is no source to ask`);
        return {};
      }
      const { clock } = host;
      let asked = clock.now();
      let timer: Timer | undefined;
      let running: Promise<void> | undefined;
      let stopped = false;

      async function ask(): Promise<void> {
        const time = clock.now();
        const range = Math.min(LONGEST_RANGE, time - asked);
        if (range < 1000) return;
        try {
          const window = `${Math.round(range / 1000)}s`;
          const [bad, total] = (await Promise.all(
            [queries.bad, queries.total].map(async (query) =>
              queryNumber(await source!.query(inWindow(query, window), { time })),
            ),
          )) as [number, number];
          asked = time;
          host.note('query_failed');
          if (bad < -1e-6 * total || bad > total * (1 + 1e-6)) {
            host.note('good_exceeds_total', `the parts of ${text} are not parts of its total`);
          }
          const failed = Math.min(total, Math.max(0, bad));
          host.add(total - failed, failed);
        } catch (error) {
          host.note('query_failed', `the source could not answer: ${messageOf(error)}`);
          host.diagnostics.report(
            'slo_query_failed',
            host.id,
            `${OWNER}: the source could not answer`,
            error,
          );
        }
      }

      /** One question at a time. */
      function askOnce(): Promise<void> {
        running ??= ask().finally(() => {
          running = undefined;
        });
        return running;
      }

      function schedule(): void {
        if (stopped) return;
        timer = clock.setTimeout(() => void askOnce().then(schedule), interval);
      }

      schedule();
      return {
        settle: askOnce,
        stop() {
          stopped = true;
          timer?.cancel();
        },
      };
    },
  };
}
