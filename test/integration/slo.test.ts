import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { seededRandom } from '../../src/common/random.js';
import { Counter, Registry } from '../../src/metrics/index.js';
import { prometheusSource } from '../../src/query/index.js';
import {
  counterRatio,
  prometheusRuleGroups,
  type SloOptions,
  type SloStatus,
  SloTracker,
  statusFromSource,
} from '../../src/slo/index.js';
import { readOpenSlo, writeOpenSlo } from '../../src/slo/openslo/index.js';
import { prometheusRules } from '../../src/slo/rule-files.js';
import { FakeClock } from '../../src/testing/index.js';
import { PrometheusProcess } from '../conformance/promql/prometheus-process.js';
import { emptyFolder } from './support/packed.js';
import { havePrometheus } from './support/prometheus.js';

const START = Date.UTC(2026, 9, 1);
const MINUTE = 60_000;
/** What a Prometheus scrapes every minute here. */
const PHASES: readonly (readonly [minutes: number, failing: number])[] = [
  [600, 0.001],
  [30, 0.9],
  [60, 0.03],
  [690, 0.002],
];

interface Watched {
  readonly objective: SloOptions;
  /** Cumulative counts at each minute, from the start on. */
  readonly good: number[];
  readonly bad: number[];
  /** How the tracker saw it, some minutes after the start. */
  readonly seen: Map<number, SloStatus>;
}

/** A day of traffic, watched by a tracker. */
function watch(): Watched {
  const clock = new FakeClock({ now: START });
  const registry = new Registry({ clock });
  const requests = registry.getOrCreate(Counter, {
    name: 'requests_total',
    help: 'Requests.',
    labelNames: ['ok'],
  });
  const [yes, no] = [requests.labels({ ok: 'yes' }), requests.labels({ ok: 'no' })];
  const objective: SloOptions = {
    id: 'shop',
    service: 'shop',
    target: 99,
    window: '30d',
    indicator: counterRatio({ registry, bad: 'requests_total{ok="no"}', total: 'requests_total' }),
  };
  const tracker = new SloTracker({ ...objective, clock });
  const random = seededRandom(11);
  const watched: Watched = { objective, good: [0], bad: [0], seen: new Map() };
  let minute = 0;
  for (const [minutes, failing] of PHASES) {
    for (let i = 0; i < minutes; i++) {
      for (let n = 0; n < 300; n++) (random.float() < failing ? no : yes).inc();
      clock.advanceSync(MINUTE);
      minute++;
      watched.good.push(yes.numbers()[0]!);
      watched.bad.push(no.numbers()[0]!);
      if (minute % 3 === 0) watched.seen.set(minute, tracker.status());
    }
  }
  tracker.stop();
  return watched;
}

const firing = (status: SloStatus) =>
  status.alerts.filter((alert) => alert.firing).map(({ severity, long }) => `${severity} ${long}`);

describe.skipIf(!havePrometheus())('objectives beside a real Prometheus', () => {
  let watched: Watched;
  let prometheus: PrometheusProcess;
  let folder: Awaited<ReturnType<typeof emptyFolder>>;

  beforeAll(async () => {
    watched = watch();
    folder = await emptyFolder();
    const lines = ['# TYPE requests_total unknown'];
    for (const [ok, counts] of [
      ['yes', watched.good],
      ['no', watched.bad],
    ] as const) {
      counts.forEach((count, minute) => {
        lines.push(`requests_total{ok="${ok}"} ${count} ${(START + minute * MINUTE) / 1000}`);
      });
    }
    prometheus = await PrometheusProcess.start(`${lines.join('\n')}\n`);
  }, 120_000);

  afterAll(async () => {
    await prometheus?.stop();
    await folder?.remove();
  });

  it('agree on error ratio, budget, burn rates and alerts, at quiet times and in an outage', async () => {
    const source = prometheusSource({ url: prometheus.url, retry: false });
    const alerts = new Set<string>();
    for (const minute of [570, 615, 630, 636, 660, 720, 1200, 1371]) {
      const ours = watched.seen.get(minute)!;
      const theirs = await statusFromSource(watched.objective, source, START + minute * MINUTE);
      expect(theirs.total / ours.total, `${minute}: total`).toBeCloseTo(1, 1);
      expect(theirs.budget.consumed, `${minute}: budget`).toBeCloseTo(ours.budget.consumed, 1);
      for (const [window, rate] of Object.entries(ours.burnRates)) {
        const difference = Math.abs(theirs.burnRates[window]! - rate);
        // PromQL extrapolates to the ends of a window; of five minutes one is a fifth.
        expect(difference, `${minute}: ${window}`).toBeLessThanOrEqual(
          0.3 + rate * (window === '5m' ? 0.25 : 0.05),
        );
      }
      expect(firing(theirs), `${minute}: alerts`).toEqual(firing(ours));
      for (const alert of firing(ours)) alerts.add(alert);
    }
    expect(alerts.size).toBeGreaterThan(2);
  });

  it('an objective that went through OpenSLO gives the same', async () => {
    const source = prometheusSource({ url: prometheus.url, retry: false });
    const [read] = readOpenSlo(writeOpenSlo([watched.objective])).objectives;
    const time = START + 660 * MINUTE;
    const [direct, through] = await Promise.all(
      [watched.objective, read!].map((objective) => statusFromSource(objective, source, time)),
    );
    expect(through!.budget).toEqual(direct!.budget);
    expect(firing(through!)).toEqual(firing(direct!));
  });

  it('promtool accepts the rules, of every way of counting', async () => {
    const file = join(folder.folder, 'rules.yml');
    const { indicator } = watched.objective;
    await writeFile(
      file,
      prometheusRules([
        watched.objective,
        { id: 'direct', target: 99.9 },
        { id: 'slices', target: 99, budgeting: { method: 'timeslices', slice: '5m' }, indicator: indicator! },
        {
          id: 'ratios',
          target: 99,
          budgeting: { method: 'ratio-timeslices', slice: '5m' },
          indicator: indicator!,
        },
        { id: 'month', target: 99, window: { calendar: 'month' }, indicator: indicator! },
      ]),
    );
    const check = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    expect(check.stderr + check.stdout).toContain('SUCCESS');
    expect(check.status).toBe(0);
  });

  it('the rules fire when the tracker does: promtool test rules', async () => {
    const groups = prometheusRuleGroups([watched.objective]);
    // The value in an annotation is a figure of its own, which the comparison by text would have to guess.
    for (const rule of groups.flatMap((group) => group.rules)) if ('alert' in rule) rule.annotations = {};
    await writeFile(join(folder.folder, 'shop.yml'), stringify({ groups }, { aliasDuplicateObjects: false }));
    const labelled = (severity: string, window: string) => ({
      exp_labels: { slo: 'shop', service: 'shop', severity, window },
    });
    // Windows of days lag by up to five minutes, the pieces that they are put together from.
    const moments = [570, 615, 630, 660, 720, 1200, 1371];
    const test = {
      rule_files: ['shop.yml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            { series: 'requests_total{ok="yes"}', values: watched.good.join(' ') },
            { series: 'requests_total{ok="no"}', values: watched.bad.join(' ') },
          ],
          alert_rule_test: moments.map((minute) => ({
            eval_time: `${minute}m`,
            alertname: 'SloErrorBudgetBurn',
            exp_alerts: watched.seen
              .get(minute)!
              .alerts.filter((alert) => alert.firing)
              .map(({ severity, long }) => labelled(severity, long)),
          })),
        },
      ],
    };
    await writeFile(join(folder.folder, 'test.yml'), JSON.stringify(test));
    const run = spawnSync('promtool', ['test', 'rules', join(folder.folder, 'test.yml')], {
      encoding: 'utf8',
    });
    expect(run.stdout + run.stderr).toContain('SUCCESS');
    expect(run.status).toBe(0);
  });
});
