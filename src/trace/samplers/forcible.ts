import { type Context, propagation } from '@opentelemetry/api';
import { readSafely } from '../../common/attributes.js';
import { checkOptions, checkString } from '../../common/options.js';
import { FLAG_SAMPLED } from '../ids.js';
import { checkSampler } from './checks.js';
import { droppedFrom, keptBy } from './marks.js';
import {
  type Asked,
  askSampler,
  OwnSampler,
  RESULTS,
  SAMPLE,
  type Sampler,
  type SamplingResult,
} from './sampler.js';
import { Threshold } from './threshold.js';

/** Registered, so that the ESM and the CJS copy of telltale in one process mean the same. */
const FORCE_KEY = /* @__PURE__ */ Symbol.for('telltale.sampling.force.1');

export interface ForcibleOptions {
  /**
   * A request header that forces: `1`, `true` or `keep` keeps the trace, `0`, `false` or `drop` drops it. The
   * instrumentation has to keep that header as an attribute (`http.request.header.<name>`). Default: none, for
   * whoever can send it decides what is recorded.
   */
  header?: string;
  /** A baggage entry that forces, with the same values: for a whole chain of services. Default: none. */
  baggage?: string;
}

/**
 * A context in which a `forcible` sampler keeps every trace that begins. Make it current, or hand it to
 * `startActiveSpan`.
 */
export function forceKeep(context: Context): Context {
  return context.setValue(FORCE_KEY, true);
}

/** A context in which a `forcible` sampler drops every span. */
export function forceDrop(context: Context): Context {
  return context.setValue(FORCE_KEY, false);
}

class Forcible extends OwnSampler {
  readonly #sampler: Sampler;
  readonly #attribute: string | undefined;
  readonly #baggage: string | undefined;
  readonly #everything = Threshold.of(1)!;
  readonly #kept = keptBy(this.#everything, undefined);

  constructor(sampler: Sampler, header: string, baggage: string) {
    super();
    this.#sampler = sampler;
    this.#attribute = header === '' ? undefined : `http.request.header.${header.toLowerCase()}`;
    this.#baggage = baggage === '' ? undefined : baggage;
  }

  judge(asked: Asked): SamplingResult {
    const forced = this.#forced(asked);
    if (forced === undefined) return askSampler(this.#sampler, asked);
    const parent = asked.parent;
    const state = parent?.traceState;
    if (!forced) return droppedFrom(state);
    if (parent === undefined) return this.#kept;
    // The probability of a trace that is kept already stays what it is.
    return (parent.flags & FLAG_SAMPLED) !== 0 ? RESULTS[SAMPLE]! : keptBy(this.#everything, state);
  }

  toString(): string {
    return `Forcible{${this.#sampler}}`;
  }

  #forced({ context, attributes }: Asked): boolean | undefined {
    const value = context.getValue(FORCE_KEY);
    if (typeof value === 'boolean') return value;
    if (this.#attribute !== undefined) {
      const header = readSafely(attributes, this.#attribute);
      const forced = meaning(Array.isArray(header) ? header[0] : header);
      if (forced !== undefined) return forced;
    }
    if (this.#baggage === undefined) return undefined;
    return meaning(propagation.getBaggage(context)?.getEntry(this.#baggage)?.value);
  }
}

/**
 * Lets single requests be kept or dropped whatever the sampler would say: in code by the context, and, where it
 * is told so, from outside by a header or a baggage entry. A trace that is kept so has the probability 1.
 *
 * ```ts
 * const sampler = forcible(parentBased(traceIdRatio(0.01)), { header: 'x-keep-trace' });
 *
 * context.with(forceKeep(context.active()), () => handle(request));
 * ```
 */
export function forcible(sampler: Sampler, options: ForcibleOptions = {}): Sampler {
  checkSampler('forcible', 'sampler', sampler);
  checkOptions('forcible', options, ['header', 'baggage']);
  const header = checkString('forcible', 'header', options.header, '');
  return new Forcible(sampler, header, checkString('forcible', 'baggage', options.baggage, ''));
}

function meaning(value: unknown): boolean | undefined {
  switch (value) {
    case '1':
    case 'true':
    case 'keep':
    case true:
      return true;
    case '0':
    case 'false':
    case 'drop':
    case false:
      return false;
    default:
      return undefined;
  }
}
