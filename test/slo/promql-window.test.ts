import { describe, expect, it } from 'vitest';
import { embeddedSource, parsePromql, TimeSeriesStore } from '../../src/query/index.js';
import type { IndicatorDefinition } from '../../src/slo/index.js';
import { errorRatio, eventQueries, inWindow, printedInWindow } from '../../src/slo/promql-window.js';
import { queryNumber } from '../../src/slo/query-number.js';

const MINUTE = 60_000;

/** Web and mobile requests: 60 a minute each; one of three web requests fails. */
function store(): TimeSeriesStore {
  const store = new TimeSeriesStore({ clock: { now: () => 10 * MINUTE } as never });
  for (let time = 0; time <= 10 * MINUTE; time += 15_000) {
    store.append({ __name__: 'web_total' }, time / 1000, time);
    store.append({ __name__: 'mobile_total' }, time / 1000, time);
    store.append({ __name__: 'web_failed_total' }, time / 3000, time);
  }
  return store;
}

async function asked(query: string): Promise<number> {
  return queryNumber(await embeddedSource(store()).query(query, { time: 10 * MINUTE }));
}

const BOTH = 'sum(increase(web_total[$window])) + sum(increase(mobile_total[$window]))';

async function answers(
  definition: IndicatorDefinition,
): Promise<{ bad: number; total: number; ratio: number }> {
  const { bad, total } = eventQueries('test', definition);
  const [inBad, inTotal] = [inWindow(bad, '5m'), inWindow(total, '5m')];
  return {
    bad: await asked(inBad),
    total: await asked(inTotal),
    ratio: await asked(errorRatio(inBad, inTotal)),
  };
}

describe('queries of events', () => {
  it('take a total of several terms as one', async () => {
    expect(await answers({ bad: 'web_failed_total', total: BOTH })).toEqual({
      bad: expect.closeTo(100),
      total: expect.closeTo(600),
      ratio: expect.closeTo(1 / 6),
    });
    // Nothing has failed, so there is no such series yet.
    expect(await answers({ bad: 'nothing_failed_total', total: BOTH })).toEqual({
      bad: 0,
      total: expect.closeTo(600),
      ratio: 0,
    });
    expect(await answers({ good: 'mobile_total', total: BOTH })).toEqual({
      bad: expect.closeTo(300),
      total: expect.closeTo(600),
      ratio: expect.closeTo(0.5),
    });
  });

  it('take any operator at the top of any part', async () => {
    const terms = [
      'sum(increase(web_total[$window])) - sum(increase(web_failed_total[$window]))',
      'sum(increase(gone_total[$window])) or sum(increase(web_total[$window]))',
      'sum(increase(web_total[$window])) > 0',
      '- - sum(increase(web_total[$window]))',
      'sum(increase(web_total[$window])) and vector(1)',
      '2 * sum(increase(web_total[$window]))',
      'scalar(sum(increase(web_total[$window])))',
      'sum(increase(web_total[$window])) # all that the web asked',
    ];
    for (const term of terms) {
      const alone = await asked(inWindow(term, '5m'));
      expect(alone, term).toBeGreaterThan(100);
      const { bad, total, ratio } = await answers({ bad: 'web_failed_total', total: term });
      expect(total, term).toBeCloseTo(alone);
      expect(bad, term).toBeCloseTo(100);
      expect(ratio, term).toBeCloseTo(100 / alone);
      const parts = await answers({ good: term, total: BOTH });
      expect(parts.bad, term).toBeCloseTo(600 - alone);
    }
  });

  it('of a threshold take operators and comments in its query', async () => {
    const query = 'sum(web_total) - sum(web_failed_total) # what went well';
    const { bad, total } = await answers({ query, op: 'gte', value: 0 });
    expect(total).toBeGreaterThan(3);
    expect(bad).toBe(0);
    expect((await answers({ query, op: 'lt', value: 0 })).bad).toBe(total);
  });

  it('are recorded without needless parentheses', () => {
    const { total } = eventQueries('test', { bad: 'web_failed_total', total: BOTH });
    expect(printedInWindow(total, '1h')).toBe(BOTH.replaceAll('$window', '1h'));
    expect(eventQueries('test', { bad: 'b', total: 'a' }).total).toBe('sum(increase(a[$window]))');
    expect(() =>
      parsePromql(printedInWindow(eventQueries('test', { good: 'g', total: BOTH }).bad, '5m')),
    ).not.toThrow();
  });
});
