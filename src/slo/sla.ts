import { invalidOption } from '../common/errors.js';
import { checkArray, checkNumber, checkOneOf, checkOptions, checkString } from '../common/options.js';
import { availabilityReport } from './availability.js';
import type { SloSet } from './slo-set.js';

/**
 * What a term of an agreement promises, measured by one objective over its window:
 *
 * - `uptime`: at least so many percent of the time outside of outages;
 * - `latency`: at least so many percent of events within the objective's threshold;
 * - `error_rate`: at most so many percent of events bad;
 * - `throughput`: at least so many events a second, on average.
 */
export type SlaKind = 'uptime' | 'latency' | 'error_rate' | 'throughput';

export interface SlaTerm {
  kind: SlaKind;
  /** The id of the objective that measures it. */
  slo: string;
  /** Percent, or events a second for `throughput`. */
  promise: number;
  /** As it stands in the contract. */
  text?: string;
  /** What is owed when it is not kept: percent of the bill, by the worst figure that was reached. */
  credits?: readonly { readonly beyond: number; readonly percent: number }[];
}

/** An agreement: several terms, kept together or not at all. */
export interface Sla {
  name: string;
  customer?: string;
  terms: readonly SlaTerm[];
}

export interface SlaTermReport {
  readonly kind: SlaKind;
  readonly slo: string;
  readonly text: string;
  readonly promise: number;
  readonly measured: number;
  readonly kept: boolean;
  /** Percent of the bill. */
  readonly credit: number;
}

export interface SlaReport {
  readonly name: string;
  readonly customer: string | undefined;
  readonly kept: boolean;
  /** Percent of the bill: the largest of the terms'. */
  readonly credit: number;
  readonly terms: readonly SlaTermReport[];
}

const OWNER = 'slaReport';
const KINDS: readonly SlaKind[] = ['uptime', 'latency', 'error_rate', 'throughput'];

/**
 * Whether an agreement is kept, term by term, and what is owed where it is not.
 *
 * @throws TelltaleError for an agreement that is wrong, or an objective that there is not.
 */
export function slaReport(sla: Sla, slos: SloSet): SlaReport {
  const given = checkOptions(OWNER, sla, ['name', 'customer', 'terms']);
  const name = checkString(OWNER, 'name', given.name ?? '', '');
  if (!Array.isArray(given.terms) || given.terms.length === 0) {
    throw invalidOption(OWNER, 'terms', given.terms, 'a list of at least one term');
  }
  const terms: SlaTermReport[] = [];
  checkArray(OWNER, 'terms', given.terms, (term, path) => {
    checkTerm(term, path);
    terms.push(reportOn(term, slos));
  });
  return {
    name,
    customer: given.customer,
    kept: terms.every((term) => term.kept),
    credit: Math.max(...terms.map((term) => term.credit)),
    terms,
  };
}

function reportOn({ kind, slo, promise, text, credits = [] }: SlaTerm, slos: SloSet): SlaTermReport {
  const tracker = slos.get(slo);
  const { good, bad, total, downtime } = availabilityReport([tracker])[0]!;
  const watched = tracker.watched();
  const measured = {
    uptime: watched === 0 ? 100 : (1 - downtime / watched) * 100,
    latency: total === 0 ? 100 : (good / total) * 100,
    error_rate: total === 0 ? 0 : (bad / total) * 100,
    throughput: watched === 0 ? 0 : total / (watched / 1000),
  }[kind];
  const isWorse = (bound: number) =>
    kind === 'error_rate' ? measured > bound * (1 + 1e-12) : measured < bound * (1 - 1e-12);
  return {
    kind,
    slo,
    text: text ?? promiseText(kind, promise),
    promise,
    measured,
    kept: !isWorse(promise),
    credit: Math.max(0, ...credits.filter(({ beyond }) => isWorse(beyond)).map(({ percent }) => percent)),
  };
}

function promiseText(kind: SlaKind, promise: number): string {
  return {
    uptime: `available for at least ${promise} % of the time`,
    latency: `at least ${promise} % of requests in time`,
    error_rate: `at most ${promise} % of requests fail`,
    throughput: `at least ${promise} requests a second`,
  }[kind];
}

function checkTerm(term: SlaTerm, path: string): void {
  const owner = `${OWNER}: ${path}`;
  const given = checkOptions(owner, term, ['kind', 'slo', 'promise', 'text', 'credits']);
  checkOneOf(owner, 'kind', given.kind ?? ('' as SlaKind), 'uptime', KINDS);
  checkString(owner, 'slo', given.slo ?? '', '');
  const bounds = { min: 0, max: given.kind === 'throughput' ? Infinity : 100 };
  if (given.promise === undefined) throw invalidOption(owner, 'promise', given.promise, 'a number');
  checkNumber(owner, 'promise', given.promise, 0, bounds);
  checkArray(owner, 'credits', given.credits, (credit, at) => {
    checkNumber(owner, `${at}.beyond`, credit?.beyond ?? Number.NaN, 0, bounds);
    checkNumber(owner, `${at}.percent`, credit?.percent ?? Number.NaN, 0, { min: 0, max: 100 });
  });
}
