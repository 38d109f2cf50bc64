import { type Clock, systemClock, type Timer } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { checkInteger, checkMethods, checkOptions } from '../../common/options.js';
import { Labels, METRIC_NAME } from '../labels.js';
import type { QueryResult, ResultSample } from '../result.js';
import type { MetricSource } from '../source.js';
import type { TimeSeriesStore } from '../store/store.js';
import type { RecordingRule, RuleGroup } from './rule-file.js';

export interface RecordingRulesOptions {
  /**
   * Groups of rules: of a file in Prometheus's YAML by `parseRuleFile` of `telltale/rules`, of its content as objects by
   * `readRuleGroups`. Alerting rules in them are passed over.
   */
  rules: readonly RuleGroup[];
  /** What the expressions are asked of: `embeddedSource(store)`, usually. */
  source: MetricSource;
  /** Where the results go. */
  store: TimeSeriesStore;
  /** Milliseconds between two evaluations of a group that names no interval. Default 60,000. */
  interval?: number;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

export interface RecordingRules {
  readonly groups: readonly RuleGroup[];
  /** Evaluates every group now, for that moment in milliseconds. Never rejects: failures are told to diagnostics. */
  evaluate(time?: number): Promise<void>;
  /** Stops evaluating. */
  stop(): Promise<void>;
}

const OWNER = 'recordingRules';
const OPTIONS = ['rules', 'source', 'store', 'interval', 'clock', 'diagnostics'] as const;

/**
 * Evaluates recording rules on their groups' intervals and writes the results to the store. Rules of a group are
 * evaluated in order and for the same moment, so that a rule sees what those before it have recorded. A series
 * that a rule no longer gives is marked as ended.
 *
 * Spec: https://prometheus.io/docs/prometheus/3.5/configuration/recording_rules/
 */
export function recordingRules(options: RecordingRulesOptions): RecordingRules {
  const given = checkOptions(OWNER, options, OPTIONS);
  const source = checkMethods(OWNER, 'source', given.source, ['query']);
  const store = checkMethods(OWNER, 'store', given.store, ['series', 'append']);
  const interval = checkInteger(OWNER, 'interval', given.interval, 60_000, { min: 1 });
  const clock = given.clock ?? systemClock;
  const diagnostics = given.diagnostics ?? new Diagnostics({ clock });
  const groups = checkGroups(given.rules);
  const runners = groups.map((group) => new GroupRunner(group, source, store, diagnostics));
  const timers = new Map<GroupRunner, Timer>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  function schedule(runner: GroupRunner): void {
    if (stopped) return;
    const every = runner.group.interval ?? interval;
    // On multiples of the interval: two processes record the same moments.
    const due = clock.now() - (clock.now() % every) + every;
    const run = async (): Promise<void> => {
      const evaluation = runner.evaluate(due);
      running.add(evaluation);
      await evaluation;
      running.delete(evaluation);
      schedule(runner);
    };
    timers.set(
      runner,
      clock.setTimeout(() => void run(), due - clock.now()),
    );
  }

  for (const runner of runners) schedule(runner);
  return {
    groups,
    async evaluate(time = clock.now()) {
      await Promise.all(runners.map((runner) => runner.evaluate(time)));
    },
    async stop() {
      stopped = true;
      for (const timer of timers.values()) timer.cancel();
      await Promise.all(running);
    },
  };
}

/** Text of a file, or groups as they stand in one, are what people hand in instead. */
function checkGroups(rules: readonly RuleGroup[]): readonly RuleGroup[] {
  if (Array.isArray(rules) && rules.every((group) => typeof group?.queryOffset === 'number')) return rules;
  const accepted = 'groups that parseRuleFile (of telltale/rules) or readRuleGroups has read';
  throw invalidOption(OWNER, 'rules', rules, accepted);
}

class GroupRunner {
  readonly group: RuleGroup;
  readonly #source: MetricSource;
  readonly #store: TimeSeriesStore;
  readonly #diagnostics: Diagnostics;
  /** The series that each rule gave last. */
  readonly #last = new Map<RecordingRule, Map<string, Labels>>();

  constructor(group: RuleGroup, source: MetricSource, store: TimeSeriesStore, diagnostics: Diagnostics) {
    this.group = group;
    this.#source = source;
    this.#store = store;
    this.#diagnostics = diagnostics;
  }

  async evaluate(time: number): Promise<void> {
    const at = time - this.group.queryOffset;
    for (const rule of this.group.rules) {
      if (!('record' in rule)) continue;
      try {
        this.#record(rule, samplesOf(await this.#source.query(rule.expr, { time: at })), at);
      } catch (error) {
        const subject = `${this.group.name}: ${rule.record}`;
        this.#diagnostics.report('rule_failed', subject, `The recording rule ${subject} failed`, error);
        this.#record(rule, [], at);
      }
    }
  }

  #record(rule: RecordingRule, samples: readonly ResultSample[], time: number): void {
    const { limit, labels: shared } = this.group;
    if (limit > 0 && samples.length > limit) {
      throw new Error(`exceeded limit of ${limit} with ${samples.length} series`);
    }
    const current = new Map<string, Labels>();
    const recorded = samples.map(({ labels, value }) => {
      const entries = { ...labels.toObject(), ...shared, ...rule.labels, [METRIC_NAME]: rule.record };
      const own = Labels.from(entries);
      if (current.has(own.key))
        throw new Error('vector contains metrics with the same labelset after applying rule labels');
      current.set(own.key, own);
      return { own, value };
    });
    for (const { own, value } of recorded) this.#store.append(own, value, time);
    for (const [key, own] of this.#last.get(rule) ?? []) {
      if (!current.has(key)) this.#store.series(own)?.appendStale(time);
    }
    this.#last.set(rule, current);
  }
}

function samplesOf(result: QueryResult): readonly ResultSample[] {
  if (result.type === 'vector') return result.samples;
  if (result.type === 'scalar') return [{ labels: Labels.EMPTY, time: result.time, value: result.value }];
  throw new Error(`rule result is not a vector or scalar: ${result.type}`);
}
