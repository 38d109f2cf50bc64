import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/random.js';
import { Counter, Histogram, NativeHistogram, Registry } from '../../src/metrics/index.js';
import {
  embeddedSource,
  parseDuration,
  parsePromql,
  recordingRules,
  registryScraper,
  TimeSeriesStore,
} from '../../src/query/index.js';
import {
  type Budgeting,
  counterRatio,
  type Indicator,
  latencyBelow,
  type PrometheusAlertingRule,
  prometheusRuleGroups,
  SloTracker,
} from '../../src/slo/index.js';
import { parseRuleFile, prometheusRules } from '../../src/slo/rule-files.js';
import { FakeClock } from '../../src/testing/index.js';

const registry = new Registry();
const checkout = {
  id: 'checkout',
  service: 'shop',
  target: 99.9,
  indicator: counterRatio({
    registry,
    bad: 'http_requests_total{status=~"5.."}',
    total: 'http_requests_total',
  }),
};

describe('the rules of an objective', () => {
  const rules = prometheusRuleGroups([checkout])[0]!.rules;
  const recorded = new Map(rules.flatMap((rule) => ('record' in rule ? [[rule.record, rule.expr]] : [])));

  it('record each window once', () => {
    const ratios = [...recorded.keys()].filter((name) => name.startsWith('slo:sli_error:'));
    expect(ratios.map((name) => name.replace('slo:sli_error:ratio_rate', ''))).toEqual([
      '5m',
      '30m',
      '1h',
      '2h',
      '6h',
      '1d',
      '3d',
      '30d',
    ]);
    expect(recorded.size).toBe(rules.length - 4);
  });

  it('are ratios of sums', () => {
    expect(recorded.get('slo:events:increase1h')).toBe('sum(increase(http_requests_total[1h]))');
    expect(recorded.get('slo:sli_error:ratio_rate1h')).toBe(
      'slo:events_bad:increase1h{slo="checkout"} / (slo:events:increase1h{slo="checkout"} > 0) or 0 * ' +
        'slo:events:increase1h{slo="checkout"}',
    );
    expect(recorded.get('slo:sli_error:ratio_rate30d')).toContain(
      'sum_over_time(slo:events:increase5m{slo="checkout"}[30d:5m])',
    );
  });

  it('alert as the workbook has it, with labels of one’s own', () => {
    const [group] = prometheusRuleGroups([checkout], { labels: { team: 'pay' }, interval: '30s' });
    expect(group).toMatchObject({ name: 'slo-checkout', interval: '30s' });
    const alerts = group!.rules.filter((rule): rule is PrometheusAlertingRule => 'alert' in rule);
    expect(alerts.map(({ expr }) => expr)).toEqual([
      'slo:sli_error:ratio_rate5m{slo="checkout"} > 0.0144 and slo:sli_error:ratio_rate1h{slo="checkout"} > 0.0144',
      'slo:sli_error:ratio_rate30m{slo="checkout"} > 0.006 and slo:sli_error:ratio_rate6h{slo="checkout"} > 0.006',
      'slo:sli_error:ratio_rate2h{slo="checkout"} > 0.003 and slo:sli_error:ratio_rate1d{slo="checkout"} > 0.003',
      'slo:sli_error:ratio_rate6h{slo="checkout"} > 0.001 and slo:sli_error:ratio_rate3d{slo="checkout"} > 0.001',
    ]);
    expect(alerts[0]!.labels).toEqual({
      team: 'pay',
      slo: 'checkout',
      service: 'shop',
      severity: 'page',
      window: '1h',
    });
    expect(alerts[0]!.annotations.summary).toBe('checkout burns its error budget 14.4 times too fast');
  });

  it('without an indicator, go by what the tracker exposes', () => {
    const [group] = prometheusRuleGroups([{ id: 'direct', target: 99 }]);
    expect(group!.rules).toContainEqual(
      expect.objectContaining({
        record: 'slo:events_bad:increase1h',
        expr: 'sum(increase(slo_events_total{slo="direct",outcome="bad"}[1h]))',
      }),
    );
  });

  it('of a calendar window, leave out what remains', () => {
    const names = (window: '30d' | { calendar: 'month' }) =>
      prometheusRuleGroups([{ ...checkout, window }])[0]!.rules.flatMap((rule) =>
        'record' in rule ? [rule.record] : [],
      );
    expect(names('30d')).toContain('slo:error_budget_remaining:ratio');
    expect(names({ calendar: 'month' })).not.toContain('slo:error_budget_remaining:ratio');
  });

  it('are a rule file that Prometheus reads, each expression valid', () => {
    const yaml = prometheusRules([checkout, { id: 'other', target: 99.5, budgeting: 'timeslices' }]);
    expect(yaml).not.toContain('&');
    const groups = parseRuleFile(yaml);
    expect(groups.map(({ name }) => name)).toEqual(['slo-checkout', 'slo-other']);
    for (const rule of groups.flatMap((group) => group.rules)) parsePromql(rule.expr);
  });

  it.each<[unknown, RegExp]>([
    [[{ id: 'a', target: 101 }], /prometheusRules: objectives\[0\] a: target is 101/],
    [{}, /objectives is \{\}/],
  ])('%j is refused', (objectives, message) => {
    expect(() => prometheusRules(objectives as never)).toThrow(message);
  });
});

/**
 * Four hours of traffic with an outage, watched by a tracker and scraped into a store; the rules are evaluated over
 * the store at the end of each phase.
 */
async function sideBySide(
  makeIndicator: (registry: Registry) => Indicator,
  traffic: (registry: Registry) => (isBad: boolean) => void,
  budgeting: Budgeting = 'occurrences',
) {
  const clock = new FakeClock({ now: Date.UTC(2026, 10, 21) });
  const registry = new Registry({ clock });
  const event = traffic(registry);
  const store = new TimeSeriesStore({ clock });
  const source = embeddedSource(store, { clock });
  const scraper = registryScraper({ registry, store, clock, interval: 30_000 });
  const options = { id: 'shop', target: 99, budgeting, indicator: makeIndicator(registry) };
  const tracker = new SloTracker({ ...options, clock });
  const groups = prometheusRuleGroups([options]);
  const recording = recordingRules({
    rules: parseRuleFile(prometheusRules([options])),
    source,
    store,
    clock,
    interval: 60_000,
  });
  const random = seededRandom(7);
  const verdicts = [];
  for (const [minutes, badShare] of [
    [150, 0.001],
    [10, 0.6],
    [20, 0.05],
    [60, 0.002],
  ] as const) {
    for (let minute = 0; minute < minutes; minute++) {
      for (let i = 0; i < 2; i++) {
        for (let n = 0; n < 50; n++) event(random.float() < badShare);
        await clock.advance(30_000);
      }
    }
    await recording.evaluate();
    const status = tracker.status();
    const firing: string[] = [];
    for (const rule of groups[0]!.rules) {
      if (!('alert' in rule)) continue;
      const answer = await source.query(rule.expr);
      if (answer.type === 'vector' && answer.samples.length > 0) firing.push(rule.labels.window!);
    }
    const ratios: Record<string, number> = {};
    for (const window of Object.keys(status.burnRates)) {
      const answer = await source.query(`slo:sli_error:ratio_rate${window}`);
      ratios[window] = answer.type === 'vector' ? (answer.samples[0]!.value as number) : Number.NaN;
    }
    verdicts.push({ status, firing, ratios });
  }
  tracker.stop();
  await recording.stop();
  await scraper.stop();
  return verdicts;
}

describe('the tracker and PromQL agree on the same traffic', () => {
  const counters = (registry: Registry) => {
    const requests = registry.getOrCreate(Counter, {
      name: 'requests_total',
      help: 'Requests.',
      labelNames: ['ok'],
    });
    const good = requests.labels({ ok: 'yes' });
    const bad = requests.labels({ ok: 'no' });
    return (isBad: boolean) => (isBad ? bad : good).inc();
  };
  const seconds = (isBad: boolean) => (isBad ? 2 : 0.05);

  it.each<
    [string, (registry: Registry) => Indicator, (registry: Registry) => (isBad: boolean) => void, Budgeting?]
  >([
    [
      'counters',
      (registry) => counterRatio({ registry, bad: 'requests_total{ok="no"}', total: 'requests_total' }),
      counters,
    ],
    [
      'good counters',
      (registry) => counterRatio({ registry, good: 'requests_total{ok="yes"}', total: 'requests_total' }),
      counters,
    ],
    [
      'a histogram',
      (registry) => latencyBelow({ registry, histogram: 'wait_seconds', threshold: 0.5 }),
      (registry) => {
        const wait = registry.getOrCreate(Histogram, {
          name: 'wait_seconds',
          help: 'Seconds.',
          buckets: [0.1, 0.5],
        });
        return (isBad) => wait.observe(seconds(isBad));
      },
    ],
    [
      'time slices',
      (registry) => counterRatio({ registry, bad: 'requests_total{ok="no"}', total: 'requests_total' }),
      counters,
      { method: 'timeslices', slice: '2m', target: 97 },
    ],
  ])('%s', async (_name, indicator, traffic, budgeting) => {
    for (const { status, firing, ratios } of await sideBySide(indicator, traffic, budgeting)) {
      expect(status.alerts.filter((alert) => alert.firing).map(({ long }) => long)).toEqual(firing);
      for (const [window, rate] of Object.entries(status.burnRates)) {
        // A scrape sees the counters up to 30 seconds later, PromQL extrapolates to the ends of a window, and a slice
        // is over two minutes before the rules see it.
        const watched = Math.min(parseDuration(window)!, 150 * 60_000);
        const late = budgeting === undefined ? 0 : (100 * 120_000) / watched;
        expect(Math.abs(ratios[window]! / 0.01 - rate), window).toBeLessThanOrEqual(0.5 + rate * 0.1 + late);
      }
    }
  });

  it('a native histogram counts in the same buckets', async () => {
    const clock = new FakeClock({ now: Date.UTC(2026, 10, 21) });
    const own = new Registry({ clock });
    own.getOrCreate(NativeHistogram, { name: 'wait_seconds', help: 'Seconds.' });
    const { definition } = latencyBelow({
      registry: own,
      histogram: 'wait_seconds{route="/"}',
      threshold: 0.5,
    });
    expect(definition).toMatchObject({
      good: expect.stringContaining(
        'histogram_fraction(-Inf, 0.5, sum(increase(wait_seconds{route="/"}[$window])))',
      ),
    });
  });
});
