import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { type Budgeting, prometheusRuleGroups, type SloOptions, SloTracker } from '../../../src/slo/index.js';
import { readOpenSlo, writeOpenSlo } from '../../../src/slo/openslo/index.js';
import { FakeClock } from '../../../src/testing/index.js';

const FILE = `
apiVersion: openslo/v1
kind: Service
metadata: { name: shop, displayName: The shop }
spec: { description: Sells things. }
---
apiVersion: openslo/v1
kind: SLI
metadata: { name: failures }
spec:
  ratioMetric:
    counter: true
    bad: { metricSource: { type: Prometheus, spec: { query: 'http_requests_total{status=~"5.."}' } } }
    total: { metricSource: { spec: { query: http_requests_total } } }
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: { name: fast }
spec:
  severity: page
  condition: { kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m }
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: wake }
spec:
  alertWhenBreaching: true
  conditions: [{ conditionRef: fast }]
  notificationTargets: []
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: checkout, displayName: Checkout works }
spec:
  description: Orders go through.
  service: shop
  indicatorRef: failures
  timeWindow: [{ duration: 4w, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.999 }]
  alertPolicies:
    - alertPolicyRef: wake
    - kind: AlertPolicy
      metadata: { name: slow }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: slow }
            spec:
              severity: ticket
              condition: { kind: burnrate, op: gt, threshold: 1, lookbackWindow: 3d, alertAfter: 6h }
        notificationTargets: []
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: speed }
spec:
  service: shop
  indicator:
    metadata: { name: latency }
    spec:
      thresholdMetric: { metricSource: { type: prometheus, spec: { query: 'latency_p99' } } }
  timeWindow: [{ duration: 1M, calendar: { startTime: 2020-01-01 00:00:00, timeZone: Europe/Berlin } }]
  budgetingMethod: Timeslices
  objectives: [{ op: lte, value: 0.3, targetPercent: 99.5, timeSliceTarget: 0.9, timeSliceWindow: 5 }]
`;

describe('a file', () => {
  const { services, objectives } = readOpenSlo(FILE);
  const [checkout, speed] = objectives as [SloOptions, SloOptions];

  it('gives services and objectives', () => {
    expect(services).toEqual([{ name: 'shop', displayName: 'The shop', description: 'Sells things.' }]);
    expect(checkout).toMatchObject({
      id: 'checkout',
      name: 'Checkout works',
      service: 'shop',
      description: 'Orders go through.',
      target: 99.9,
      window: '4w',
      budgeting: 'occurrences',
    });
    expect(checkout.indicator!.definition).toEqual({
      bad: 'http_requests_total{status=~"5.."}',
      total: 'http_requests_total',
    });
    expect(speed).toMatchObject({
      id: 'speed',
      target: 99.5,
      window: { calendar: 'month', timeZone: 'Europe/Berlin' },
      budgeting: { method: 'timeslices', slice: '5m', target: 90 },
    });
    expect(speed.indicator!.definition).toEqual({ query: 'latency_p99', op: 'lte', value: 0.3 });
  });

  it('gives alerts, referred to and written out', () => {
    const tracker = new SloTracker({ ...checkout, clock: new FakeClock() });
    expect(
      tracker.objective.alerts.map(({ severity, factor, long, short }) => ({
        severity,
        factor: Number(factor.toPrecision(9)),
        long,
        short,
      })),
    ).toEqual([
      { severity: 'page', factor: 14.4, long: 3_600_000, short: 300_000 },
      { severity: 'ticket', factor: 1, long: 3 * 86_400_000, short: 6 * 3_600_000 },
    ]);
  });

  it('makes rules', () => {
    const rules = prometheusRuleGroups(objectives).flatMap((group) => group.rules);
    expect(rules).toContainEqual(
      expect.objectContaining({
        record: 'slo:events:increase5m',
        expr: 'sum(count_over_time((latency_p99)[5m:1m]))',
        labels: { slo: 'speed', service: 'shop' },
      }),
    );
  });

  it('without a source defines objectives, and says that nothing is counted', () => {
    const tracker = new SloTracker({ ...checkout, clock: new FakeClock() });
    expect(tracker.status().notes).toContainEqual(
      expect.objectContaining({ code: 'query_failed', message: 'failures: there is no source to ask' }),
    );
  });

  it('with several objectives gives several', () => {
    const text = FILE.replace(
      '[{ target: 0.999 }]',
      '[{ target: 0.999 }, { displayName: Dream, targetPercent: 99.99 }]',
    );
    expect(readOpenSlo(text).objectives.map(({ id, name, target }) => [id, name, target])).toEqual([
      ['checkout-1', 'Checkout works', 99.9],
      ['checkout-2', 'Dream', 99.99],
      ['speed', undefined, 99.5],
    ]);
  });
});

describe('metrics', () => {
  const definition = (ratio: string) =>
    readOpenSlo(FILE.replace(/ratioMetric:[\s\S]*?\n---/, `ratioMetric: ${ratio}\n---`)).objectives[0]!
      .indicator!.definition;
  const source = (query: string) => `{ metricSource: { spec: { query: '${query}' } } }`;

  it('an expression over counters is followed as a whole', () => {
    expect(definition(`{ good: ${source('sum(a)')}, total: ${source('a')} }`)).toEqual({
      good: 'sum(increase((sum(a))[$window:1m]))',
      total: 'a',
    });
  });

  it('with a $window of its own it is taken as it is', () => {
    expect(
      definition(`{ bad: ${source('sum(increase(a[$window]))')}, total: ${source('b')} }`),
    ).toMatchObject({
      bad: 'sum(increase(a[$window]))',
    });
  });

  it('what is no counter is summed up', () => {
    expect(definition(`{ counter: false, bad: ${source('a')}, total: ${source('b')} }`)).toEqual({
      bad: 'sum(sum_over_time((a)[$window:1m]))',
      total: 'sum(sum_over_time((b)[$window:1m]))',
    });
  });

  it('a ratio that was worked out before counts by its samples', () => {
    expect(definition(`{ rawType: success, raw: ${source('a')} }`)).toEqual({
      bad: 'sum(sum_over_time((1 - (a))[$window:1m]))',
      total: 'sum(count_over_time((a)[$window:1m]))',
    });
    expect(definition(`{ rawType: failure, raw: ${source('a')} }`)).toMatchObject({
      bad: 'sum(sum_over_time((a)[$window:1m]))',
    });
  });
});

describe('what is wrong is named by its path', () => {
  it.each<[string, string, string]>([
    [
      'target: 0.999',
      'target: 1.5',
      'OpenSLO: SLO checkout: spec.objectives[0].target is 1.5; accepted: from 0 to 1',
    ],
    [
      'target: 0.999',
      'targett: 1',
      'OpenSLO: SLO checkout: spec.objectives[0].targett is unknown; accepted: displayName',
    ],
    [
      '[{ target: 0.999 }]',
      '[]',
      'SLO checkout: spec.objectives is []; accepted: a list of at least one objective',
    ],
    ['target: 0.999', 'target: 0.9, targetPercent: 90', 'spec.objectives[0] is '],
    [
      'indicatorRef: failures',
      'indicatorRef: nobody',
      'SLO checkout: spec.indicatorRef is "nobody"; accepted: the name of a document of kind SLI: failures',
    ],
    ['indicatorRef: failures', 'description: x', 'Map keys must be unique'],
    [
      'conditionRef: fast',
      'conditionRef: slower',
      'AlertPolicy wake: spec.conditions[0].conditionRef is "slower"; accepted: the name of a document of kind AlertCondition: fast',
    ],
    [
      'threshold: 14.4',
      'threshold: no',
      'AlertCondition fast: spec.condition.threshold is "no"; accepted: a burn rate above 0',
    ],
    ['op: gte', 'op: lte', 'spec.condition.op is "lte"; accepted: gte, gt'],
    [
      'duration: 4w',
      'duration: 4 weeks',
      'SLO checkout: spec.timeWindow[0].duration is "4 weeks"; accepted: a whole number and one of m, h, d',
    ],
    ['isRolling: true', 'isRolling: false', 'spec.timeWindow[0] is '],
    [
      'duration: 1M',
      'duration: 2M',
      'SLO speed: spec.timeWindow[0].duration is "2M"; accepted: 1d, 1w, 1M or 1Q',
    ],
    [
      '2020-01-01 00:00:00',
      '2020-01-02 00:00:00',
      'accepted: a date and time, 2026-01-01 00:00:00, at which a month begins',
    ],
    ['Europe/Berlin', 'Mars/Olympus', 'timeZone is "Mars/Olympus"'],
    ['op: lte, value: 0.3', 'op: lte', 'SLO speed: spec.objectives[0].value is missing; accepted: a number'],
    ['timeSliceWindow: 5', 'timeSliceWindow: 0', 'spec.objectives[0].timeSliceWindow is 0'],
    [
      'type: Prometheus',
      'type: Datadog',
      'SLI failures: spec.ratioMetric.bad.metricSource.type is "Datadog"; accepted: Prometheus',
    ],
    ['query: http_requests_total }', "query: 'sum(' }", 'SLI failures: spec: total is'],
    [
      'apiVersion: openslo/v1',
      'apiVersion: openslo/v2',
      'document 1.apiVersion is "openslo/v2"; accepted: openslo/v1',
    ],
    ['kind: Service', 'kind: Servce', 'document 1.kind is "Servce"; accepted: Service, SLO'],
    ['name: shop', 'name: "a shop"', 'metadata.name is "a shop"'],
    ['name: speed', 'name: checkout', 'there are two of SLO checkout'],
    [
      'budgetingMethod: Occurrences',
      'budgetingMethod: Sometimes',
      'budgetingMethod is "Sometimes"; accepted: Occurrences, Timeslices, RatioTimeslices',
    ],
    ['service: shop', 'service: ""', 'SLO checkout: spec.service is ""'],
  ])('%s → %s', (before, after, message) => {
    expect(FILE).toContain(before);
    const read = () => readOpenSlo(FILE.replace(before, after));
    expect(read).toThrow(TelltaleError);
    expect(read).toThrow(message);
  });

  it('any text at all gives objectives or a clear error', () => {
    const parts = FILE.split(/(?<=[:{}[\]\n,])/);
    fc.assert(
      fc.property(
        fc.nat(parts.length - 1),
        fc.oneof(fc.string(), fc.constantFrom('~', '[]', '{}', '-1', 'true', '&a', '*a', '---')),
        (at, text) => {
          const changed = parts.map((part, i) => (i === at ? text : part)).join('');
          try {
            readOpenSlo(changed || ' ');
          } catch (error) {
            expect(error).toBeInstanceOf(TelltaleError);
          }
        },
      ),
    );
  });
});

it('what is written is read back the same', () => {
  const budgetings: Budgeting[] = [
    'occurrences',
    { method: 'timeslices', slice: '5m', target: 95 },
    { method: 'ratio-timeslices', slice: '1h' },
  ];
  fc.assert(
    fc.property(
      fc.record({
        id: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/),
        service: fc.stringMatching(/^[a-z]{1,10}$/),
        description: fc.string({ minLength: 1 }),
        target: fc.integer({ min: 0, max: 99_999 }).map((value) => value / 1000),
        window: fc.constantFrom('30d', '28d', '12h', {
          calendar: 'quarter',
          timeZone: 'Asia/Tokyo',
        } as const),
        budgeting: fc.constantFrom(...budgetings),
        indicator: fc.constantFrom(
          ...readOpenSlo(FILE).objectives.map(({ indicator }) => indicator!),
          undefined,
        ),
      }),
      ({ indicator, ...rest }) => {
        const given: SloOptions = { ...rest, ...(indicator && { indicator }) };
        const text = writeOpenSlo([given]);
        const [read] = readOpenSlo(text).objectives;
        const [before, after] = [given, read!].map(
          (options) => new SloTracker({ ...options, clock: new FakeClock() }).objective,
        ) as [SloTracker['objective'], SloTracker['objective']];
        for (const key of ['id', 'service', 'description', 'target', 'slicing'] as const) {
          expect(after[key], key).toEqual(before[key]);
        }
        expect(after.window.text).toBe(before.window.text);
        expect(after.alerts.map(({ long, short, factor }) => [long, short, factor.toPrecision(9)])).toEqual(
          before.alerts.map(({ long, short, factor }) => [long, short, factor.toPrecision(9)]),
        );
        if (indicator !== undefined) expect(read!.indicator!.definition).toEqual(indicator.definition);
        expect(readOpenSlo(writeOpenSlo([read!])).objectives).toHaveLength(1);
      },
    ),
    { numRuns: 50 },
  );
});
