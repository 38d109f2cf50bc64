import { checkMethods, checkOptions } from '../../common/options.js';
import type { CounterSeries } from '../../metrics/counter.js';
import type { Registry } from '../../metrics/registry.js';
import type { Indicator } from '../indicator.js';
import { Growth } from './growth.js';
import { partOfTotal } from './part-of-total.js';
import { Selection } from './selection.js';

export interface CounterRatioOptions {
  registry: Registry;
  /** A PromQL selector of the counters of good events; this or `bad`. */
  good?: string;
  /** A PromQL selector of the counters of bad events; this or `good`. */
  bad?: string;
  /** A PromQL selector of the counters of all events. */
  total: string;
}

const OWNER = 'counterRatio';

/**
 * Counts events by counters of a registry: those that grew under `bad` (or did not under `good`), of those under
 * `total`.
 *
 * ```ts
 * const indicator = counterRatio({
 *   registry,
 *   bad: 'http_requests_total{route="/pay",status=~"5.."}',
 *   total: 'http_requests_total{route="/pay"}',
 * });
 * ```
 *
 * @throws TelltaleError when an option is wrong.
 */
export function counterRatio(options: CounterRatioOptions): Indicator {
  const given = checkOptions(OWNER, options, ['registry', 'good', 'bad', 'total']);
  const registry = checkMethods(OWNER, 'registry', given.registry, ['getSingleMetric']);
  const { kind, part: selector } = partOfTotal(OWNER, given);
  const isGood = kind === 'good';
  const part = new Selection(OWNER, kind, selector, registry);
  const total = new Selection(OWNER, 'total', given.total, registry);
  return {
    text: `${part.text} of ${total.text}`,
    definition: isGood ? { good: part.text, total: total.text } : { bad: part.text, total: total.text },
    start(host) {
      const readings = [part, total].map(
        (selection) => new Growth<CounterSeries>(selection, host, (series) => series.numbers()),
      );
      // Good events beyond all events, kept for the next reading: a pair of counters is not read in one instant.
      let beyond = 0;
      return {
        poll() {
          const [grownPart, grownTotal] = readings.map((reading) => reading.next(1)[0]!) as [number, number];
          const missing = [part, total].find((selection) => selection.metric() === undefined);
          host.note('metric_missing', missing && `${missing.text} is not there yet`);
          const inPart = grownPart + beyond;
          beyond = Math.max(0, inPart - grownTotal);
          if (beyond > 0) {
            host.note(
              'good_exceeds_total',
              `${part.text} grew by more than ${total.text}: is it a part of it?`,
            );
          }
          const counted = Math.min(inPart, grownTotal);
          const rest = grownTotal - counted;
          host.add(isGood ? counted : rest, isGood ? rest : counted);
        },
      };
    },
  };
}
