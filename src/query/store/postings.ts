import type { Labels } from '../labels.js';
import type { Matcher } from '../matcher.js';
import type { Work } from '../work.js';
import type { Series } from './series.js';

/** Which series have which label: for every name and value, the series in the order in which they were made. */
export class Postings {
  readonly #byName = new Map<string, Map<string, Series[]>>();
  #all: Series[] = [];

  get all(): readonly Series[] {
    return this.#all;
  }

  add(series: Series): void {
    this.#all.push(series);
    for (const [name, value] of series.labels) {
      let byValue = this.#byName.get(name);
      if (byValue === undefined) {
        byValue = new Map();
        this.#byName.set(name, byValue);
      }
      const list = byValue.get(value);
      if (list === undefined) byValue.set(value, [series]);
      else list.push(series);
    }
  }

  /** Takes out every series that `gone` names, in one sweep. */
  remove(gone: ReadonlySet<Series>): void {
    this.#all = this.#all.filter((series) => !gone.has(series));
    const touched = new Map<string, Set<string>>();
    for (const series of gone) {
      for (const [name, value] of series.labels) {
        const values = touched.get(name);
        if (values === undefined) touched.set(name, new Set([value]));
        else values.add(value);
      }
    }
    for (const [name, values] of touched) this.#sweep(name, values, gone);
  }

  names(): string[] {
    return [...this.#byName.keys()].sort();
  }

  values(name: string): string[] {
    return [...(this.#byName.get(name)?.keys() ?? [])].sort();
  }

  /** The series that every matcher accepts. */
  async select(matchers: readonly Matcher[], work: Work): Promise<Series[]> {
    const { candidates, by } = await this.#narrowest(matchers, work);
    const rest = matchers.filter((matcher) => matcher !== by);
    const checks = rest.map((matcher) => remembering(matcher));
    const selected: Series[] = [];
    for (const series of candidates) {
      if (checks.every((check) => check(series.labels))) selected.push(series);
      if (work.due(4)) await work.pause();
    }
    return selected;
  }

  /** The shortest list that one matcher alone leaves. Matchers that accept a missing label leave too many. */
  async #narrowest(
    matchers: readonly Matcher[],
    work: Work,
  ): Promise<{ candidates: readonly Series[]; by?: Matcher }> {
    let best: { candidates: readonly Series[]; by?: Matcher } = { candidates: this.#all };
    for (const matcher of matchers) {
      const { literals } = matcher;
      if (literals === undefined || literals.includes('')) continue;
      const lists = literals.map((value) => this.#byName.get(matcher.name)?.get(value) ?? []);
      const length = lists.reduce((sum, list) => sum + list.length, 0);
      if (length <= best.candidates.length) {
        best = { candidates: lists.length === 1 ? lists[0]! : lists.flat(), by: matcher };
      }
    }
    if (best.by !== undefined) return best;
    // No literal to look up: the values that an expression accepts are tried one by one.
    const pattern = matchers.find((matcher) => matcher.operator === '=~' && !matcher.matches(''));
    return pattern === undefined ? best : { candidates: await this.#matching(pattern, work), by: pattern };
  }

  async #matching(matcher: Matcher, work: Work): Promise<Series[]> {
    const found: Series[] = [];
    for (const [value, list] of this.#byName.get(matcher.name) ?? []) {
      // An automaton costs about as much a character as a sample does elsewhere.
      if (work.due(50 + value.length)) await work.pause();
      if (matcher.matches(value)) for (const series of list) found.push(series);
    }
    return found;
  }

  #sweep(name: string, values: ReadonlySet<string>, gone: ReadonlySet<Series>): void {
    const byValue = this.#byName.get(name);
    if (byValue === undefined) return;
    for (const value of values) {
      const left = byValue.get(value)?.filter((series) => !gone.has(series)) ?? [];
      if (left.length === 0) byValue.delete(value);
      else byValue.set(value, left);
    }
    if (byValue.size === 0) this.#byName.delete(name);
  }
}

/** The matcher's verdict on a label, kept by value: of a thousand series few have different ones. */
function remembering(matcher: Matcher): (labels: Labels) => boolean {
  if (matcher.operator === '=' || matcher.operator === '!=') return (labels) => matcher.matchesLabels(labels);
  const verdicts = new Map<string, boolean>();
  return (labels) => {
    const value = labels.get(matcher.name);
    let verdict = verdicts.get(value);
    if (verdict === undefined) {
      verdict = matcher.matches(value);
      verdicts.set(value, verdict);
    }
    return verdict;
  };
}
