import { invalidOption } from '../common/errors.js';
import { checkArray, checkFunction, checkOptions } from '../common/options.js';
import { labelText } from './labels.js';
import type { MetricHost, MetricOptions } from './metric.js';
import type { MetricSettings, MetricViews } from './settings.js';

/** What to change about some metrics. */
export interface MetricView {
  /**
   * Which metrics, by the name they are made with: a name, in which `*` stands for anything, an expression, or a
   * function. Default: all.
   */
  metric?: string | RegExp | ((name: string) => boolean);
  /** Leave the metric out: no registry lists it, and whatever is counted, no series is made. */
  deny?: boolean;
  /** Another name. */
  rename?: string | ((name: string) => string);
  /** The only labels that are kept; the others are as if nobody had set them, and their series become one. */
  keepLabels?: readonly string[];
  /** Labels that are left out. */
  dropLabels?: readonly string[];
  /** For a label, what becomes of its value; an empty text takes the label away. A value that throws stays. */
  replace?: Readonly<Record<string, (value: string) => string>>;
  /** Other buckets; for metrics of the class `Histogram`. */
  buckets?: readonly number[];
  /** Another limit of series. */
  maxSeries?: number;
}

const OWNER = 'metricViews';
const KEYS = [
  'metric',
  'deny',
  'rename',
  'keepLabels',
  'dropLabels',
  'replace',
  'buckets',
  'maxSeries',
] as const;

/**
 * Changes metrics that others make, without touching their code: the option `views` of a registry. Every view that
 * matches applies, in order; what later ones match is the name that the metric was made with.
 *
 * ```ts
 * const registry = new Registry({
 *   views: metricViews([
 *     { metric: 'debug_*', deny: true },
 *     { metric: 'http_request_duration_seconds', buckets: [0.01, 0.1, 1] },
 *     { dropLabels: ['user_id'] },
 *     { replace: { status: (status) => `${status[0]}xx` } },
 *   ]),
 * });
 * ```
 */
export function metricViews(views: readonly MetricView[]): MetricViews {
  if (!Array.isArray(views)) throw invalidOption(OWNER, 'views', views, 'an array');
  const rules = views.map((view, i) => new Rule(view, `${OWNER} [${i}]`));
  return <O>(kind: string, options: O): O => {
    const given = options as AnyOptions;
    // Wrong options come through as they are: their metric tells what is wrong with them.
    if (typeof given.name !== 'string') return options;
    const matching = rules.filter((rule) => rule.matches(given.name));
    return matching.reduce((changed, rule) => rule.apply(kind, changed), given) as O;
  };
}

type AnyOptions = MetricOptions<string, never> & { buckets?: readonly number[] };
type Relabel = (label: string, text: string) => string;

class Rule {
  readonly #view: MetricView;
  readonly matches: (name: string) => boolean;
  readonly #relabel: ((settings: MetricSettings) => Relabel) | undefined;

  constructor(view: MetricView, owner: string) {
    this.#view = checkOptions(owner, view, KEYS);
    this.matches = matcher(owner, view.metric);
    this.#relabel = relabelling(owner, view);
    if (view.rename !== undefined && typeof view.rename !== 'string')
      checkFunction(owner, 'rename', view.rename);
  }

  apply(kind: string, options: AnyOptions): AnyOptions {
    const { deny, rename, buckets, maxSeries } = this.#view;
    const changed = { ...options };
    if (rename !== undefined) changed.name = typeof rename === 'string' ? rename : rename(options.name);
    if (maxSeries !== undefined) changed.maxSeries = maxSeries;
    if (buckets !== undefined && kind === 'Histogram') changed.buckets = buckets;
    if (deny) return onHost(changed, (settings) => ({ ...settings, denied: true, labelText: () => '' }));
    const make = this.#relabel;
    if (make === undefined) return changed;
    return onHost(changed, (settings) => {
      const relabel = make(settings);
      return { ...settings, labelText: (value, label) => relabel(label, settings.labelText(value, label)) };
    });
  }
}

/** With other settings in place of those of its first registry. */
function onHost(options: AnyOptions, change: (settings: MetricSettings) => MetricSettings): AnyOptions {
  const [first, ...others] = options.registers as [MetricHost, ...MetricHost[]];
  const host: MetricHost = {
    settings: change(first.settings),
    registerMetric: (metric) => first.registerMetric(metric),
  };
  return { ...options, registers: [host, ...others] };
}

function matcher(owner: string, metric: MetricView['metric']): (name: string) => boolean {
  if (metric === undefined) return () => true;
  if (typeof metric === 'function') return metric;
  if (metric instanceof RegExp) return (name) => name.search(metric) >= 0; // whatever its `lastIndex`
  if (typeof metric !== 'string' || metric === '') {
    throw invalidOption(
      owner,
      'metric',
      metric,
      'a name, in which * stands for anything, a RegExp or a function',
    );
  }
  const parts = metric.split('*').map((part) => part.replace(/[^\w:]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  return (name) => pattern.test(name);
}

function relabelling(owner: string, view: MetricView): ((settings: MetricSettings) => Relabel) | undefined {
  const { replace } = view;
  const keep = view.keepLabels && labelSet(owner, 'keepLabels', view.keepLabels);
  const drop = labelSet(owner, 'dropLabels', view.dropLabels);
  const replacements = new Map(Object.entries(replace ?? {}));
  for (const [label, change] of replacements) {
    if (typeof change !== 'function') throw invalidOption(owner, `replace.${label}`, change, 'a function');
  }
  if (keep === undefined && drop.size === 0 && replacements.size === 0) return undefined;
  return ({ diagnostics }) =>
    (label, text) => {
      if (text === '' || drop.has(label) || keep?.has(label) === false) return '';
      const change = replacements.get(label);
      if (change === undefined) return text;
      try {
        return labelText(change(text));
      } catch (error) {
        diagnostics.report('view_failed', label, `The replacement of label ${label} by a view failed`, error);
        return text;
      }
    };
}

function labelSet(owner: string, option: string, labels: readonly string[] | undefined): Set<string> {
  const names = checkArray(owner, option, labels, (label, path) => {
    if (typeof label !== 'string' || label === '')
      throw invalidOption(owner, path, label, 'the name of a label');
  });
  return new Set(names);
}
