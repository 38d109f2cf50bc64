import { invalidOption } from '../common/errors.js';
import { checkArray, checkOptions, checkString } from '../common/options.js';
import { formatDuration } from '../query/duration.js';
import { quote } from '../query/quote.js';
import type { BurnRateAlert } from './burn-rate.js';
import { isTracker } from './is-tracker.js';
import { checkObjective, type Objective, type SloOptions } from './options.js';
import {
  type EventQueries,
  errorRatio,
  objectiveQueries,
  printedInWindow,
  sliceError,
} from './promql-window.js';
import type { SloTracker } from './tracker.js';
import { durationOption } from './window.js';

export interface PrometheusRulesOptions {
  /** How often the rules are evaluated. Default: the server's own `evaluation_interval`. */
  interval?: string;
  /** Labels that every recorded series and alert carries besides `slo` and `service`. */
  labels?: Readonly<Record<string, string>>;
}

/** A recording rule. */
export interface PrometheusRecordingRule {
  record: string;
  expr: string;
  labels: Record<string, string>;
}

/** An alerting rule. */
export interface PrometheusAlertingRule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** The rules of one objective. */
export interface PrometheusRuleGroup {
  name: string;
  interval?: string;
  rules: (PrometheusRecordingRule | PrometheusAlertingRule)[];
}

const OWNER = 'prometheusRules';
/** Those that say which objective, and which alert. */
const OWN_LABELS: readonly string[] = ['slo', 'service', 'severity', 'window'];
const DAY_MS = 86_400_000;
/** Windows beyond a day are put together from pieces of this length, which are counted once each. */
const PIECE = '5m';

/**
 * Recording and alerting rules for a Prometheus that sees all instances of a service: the same objective, the same
 * burn rates, the same alerts. As the groups of a rule file, in objects; `prometheusRules` of `telltale/rules` writes
 * them as YAML.
 *
 * Every ratio is one of sums, never a mean of ratios, so that a quiet night weighs no more than its traffic. Windows
 * of more than a day add up the increases of five minutes that were recorded before: exact too, and quick. Where no
 * event came, nothing was burnt. An objective without an indicator, or with one that PromQL cannot work out, goes
 * by `slo_events_total`, which a `SloSet` with a registry exposes.
 *
 * Time slices are cut by subqueries, so a slice has to hold at least two scrapes, better four. A calendar window has no
 * counterpart in PromQL: such an objective has its burn rates and alerts, and no rule for what remains of its budget.
 *
 * @throws TelltaleError for an objective that is wrong, with its path.
 */
export function prometheusRuleGroups(
  objectives: readonly (SloOptions | SloTracker)[],
  options: PrometheusRulesOptions = {},
): PrometheusRuleGroup[] {
  const { interval, labels = {} } = checkOptions(OWNER, options, ['interval', 'labels']);
  if (interval !== undefined) durationOption(OWNER, 'interval', interval, 1000);
  const groups: PrometheusRuleGroup[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (!/^[a-zA-Z_]\w*$/.test(name) || name.startsWith('__') || OWN_LABELS.includes(name)) {
      const accepted = `names of labels, other than ${OWN_LABELS.join(', ')}`;
      throw invalidOption(OWNER, 'labels', name, accepted);
    }
    checkString(OWNER, `labels.${name}`, value, '');
  }
  const ids = new Set<string>();
  checkArray(OWNER, 'objectives', objectives, (given, path) => {
    const objective = isTracker(given) ? given.objective : checkObjective(`${OWNER}: ${path}`, given);
    if (ids.has(objective.id)) {
      throw invalidOption(OWNER, `${path}.id`, objective.id, 'an id that no other objective has');
    }
    ids.add(objective.id);
    groups.push({
      name: `slo-${objective.id}`,
      ...(interval !== undefined && { interval }),
      rules: new ObjectiveRules(objective, labels).all(),
    });
  });
  return groups;
}

/** Builds the rules of one objective; a rule may use what those before it have recorded. */
class ObjectiveRules {
  readonly #objective: Objective;
  readonly #labels: Record<string, string>;
  readonly #queries: EventQueries;
  /** Selects what this objective has recorded. */
  readonly #own: string;
  readonly #rules: (PrometheusRecordingRule | PrometheusAlertingRule)[] = [];

  constructor(objective: Objective, labels: Readonly<Record<string, string>>) {
    this.#objective = objective;
    this.#labels = { ...labels, slo: objective.id };
    if (objective.service !== undefined) this.#labels.service = objective.service;
    this.#queries = objectiveQueries(
      `${OWNER} ${objective.id}`,
      objective.id,
      objective.indicator?.definition,
    );
    this.#own = `{slo=${quote(objective.id)}}`;
  }

  all(): (PrometheusRecordingRule | PrometheusAlertingRule)[] {
    const { share, target, window, alerts } = this.#objective;
    this.#record('slo:objective:ratio', `vector(${target})`);
    this.#record('slo:error_budget:ratio', `vector(${share})`);
    const lengths = new Set(alerts.flatMap(({ short, long }) => [short, long]));
    if (window.kind === 'rolling') lengths.add(window.longest);
    const sorted = [...lengths].sort((a, b) => a - b);
    if (this.#isSliced()) this.#recordSlices();
    else if (sorted.some((length) => length > DAY_MS)) this.#recordCounts(PIECE);
    for (const length of sorted) this.#recordErrorRatio(formatDuration(length), length);
    if (window.kind === 'rolling') {
      const whole = formatDuration(window.longest);
      this.#record(
        'slo:error_budget_remaining:ratio',
        `1 - ${this.#errorRatio(whole)} / ${this.#recorded('slo:error_budget:ratio')}`,
      );
    }
    for (const alert of alerts) this.#alert(alert);
    return this.#rules;
  }

  /** Whether PromQL itself has to cut time into slices; what a tracker has exposed is cut already. */
  #isSliced(): boolean {
    return this.#objective.slicing !== undefined && this.#objective.indicator?.definition !== undefined;
  }

  #recordCounts(window: string): void {
    if (this.#rules.some((rule) => 'record' in rule && rule.record === `slo:events:increase${window}`))
      return;
    this.#record(`slo:events_bad:increase${window}`, printedInWindow(this.#queries.bad, window));
    this.#record(`slo:events:increase${window}`, printedInWindow(this.#queries.total, window));
  }

  #recordSlices(): void {
    const slicing = this.#objective.slicing!;
    const window = formatDuration(slicing.slice);
    this.#recordCounts(window);
    const ratio = errorRatio(
      this.#recorded(`slo:events_bad:increase${window}`),
      this.#recorded(`slo:events:increase${window}`),
    );
    this.#record('slo:slice_error:ratio', sliceError(ratio, slicing));
  }

  #recordErrorRatio(window: string, length: number): void {
    const record = `slo:sli_error:ratio_rate${window}`;
    if (this.#isSliced()) {
      const step = formatDuration(this.#objective.slicing!.slice);
      this.#record(record, `avg_over_time(${this.#recorded('slo:slice_error:ratio')}[${window}:${step}])`);
    } else if (length > DAY_MS) {
      const sum = (name: string) => `sum_over_time(${this.#recorded(name)}[${window}:${PIECE}])`;
      this.#record(
        record,
        errorRatio(sum(`slo:events_bad:increase${PIECE}`), sum(`slo:events:increase${PIECE}`)),
      );
    } else {
      this.#recordCounts(window);
      this.#record(
        record,
        errorRatio(
          this.#recorded(`slo:events_bad:increase${window}`),
          this.#recorded(`slo:events:increase${window}`),
        ),
      );
    }
  }

  #alert({ severity, factor, long, short, minEvents, minFailures, budget }: BurnRateAlert): void {
    const { name, service, targetPercent } = this.#objective;
    const [longText, shortText] = [formatDuration(long), formatDuration(short)];
    const bound = Number((factor * this.#objective.share).toPrecision(12));
    const conditions = [shortText, longText].map((window) => `${this.#errorRatio(window)} > ${bound}`);
    const counted = long <= DAY_MS && !this.#isSliced();
    const count = (what: string) =>
      counted
        ? this.#recorded(`slo:${what}:increase${longText}`)
        : `sum_over_time(${this.#recorded(`slo:${what}:increase${this.#piece()}`)}[${longText}:${this.#piece()}])`;
    if (minEvents > 0) conditions.push(`${count('events')} >= ${minEvents}`);
    if (minFailures > 0) conditions.push(`${count('events_bad')} >= ${minFailures}`);
    this.#rules.push({
      alert: 'SloErrorBudgetBurn',
      expr: conditions.join(' and '),
      labels: mapValues({ ...this.#labels, severity, window: longText }, plain),
      annotations: {
        summary: `${plain(name)} burns its error budget ${round(factor)} times too fast`,
        description:
          `${service === undefined ? '' : `${plain(service)}: `}over ${longText} and ${shortText} more than ` +
          `${round(bound * 100)} % failed ({{ $value | humanizePercentage }} now), where the target of ` +
          `${targetPercent} % allows for ${round(this.#objective.share * 100)} %; ${longText} of it use up ` +
          `${budget} % of the whole budget.`,
      },
    });
  }

  #piece(): string {
    return this.#isSliced() ? formatDuration(this.#objective.slicing!.slice) : PIECE;
  }

  #errorRatio(window: string): string {
    return this.#recorded(`slo:sli_error:ratio_rate${window}`);
  }

  #recorded(name: string): string {
    return name + this.#own;
  }

  #record(record: string, expr: string): void {
    this.#rules.push({ record, expr, labels: this.#labels });
  }
}

/** Text that a Go template gives back as it is: labels and annotations of an alert are such templates. */
function plain(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}');
}

function mapValues(
  labels: Readonly<Record<string, string>>,
  map: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, map(value)]));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
