import type { Diagnostics } from '../../common/diagnostics.js';
import { type Env, ignored, numberFromEnv } from '../../common/env.js';
import { ByParent } from './by-parent.js';
import {
  type Asked,
  DROP,
  OwnSampler,
  parentKind,
  RESULTS,
  SAMPLE,
  type Sampler,
  type SamplingResult,
} from './sampler.js';

const NAMES = /^(parentbased_)?(always_on|always_off|traceidratio)$/;
const DEFAULT = 'parentbased_always_on';

/**
 * What `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` ask for, or `parentBased(alwaysOn())`. What cannot be
 * understood is told of and passed over, as OpenTelemetry's specification wants it.
 *
 * Every provider carries this code. So a ratio is a class of its own here, a tenth of `traceIdRatio`: it decides the
 * same and writes its probability on the roots that it keeps, but not into the trace state.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function samplerFromEnv(env: Env, diagnostics: Diagnostics): Sampler {
  const name = env.OTEL_TRACES_SAMPLER?.trim().toLowerCase() || DEFAULT;
  const match = NAMES.exec(name);
  if (match === null) {
    ignored('OTEL_TRACES_SAMPLER', name, diagnostics);
    return samplerFromEnv({}, diagnostics);
  }
  const always = match[2] === 'always_off' ? DROP : SAMPLE;
  const followsParent = match[1] !== undefined;
  if (match[2] !== 'traceidratio') {
    return new ByParent(
      name,
      followsParent ? [always, SAMPLE, DROP, SAMPLE, DROP] : [always, always, always, always, always],
    );
  }
  const ratio = numberFromEnv(env, 'OTEL_TRACES_SAMPLER_ARG', 1, diagnostics) ?? 1;
  return new Ratio(`${name}{${ratio}}`, followsParent, ratio);
}

/** A share of the traces, by the last 56 bits of their ids; of those that begin here alone, or of all. */
class Ratio extends OwnSampler {
  readonly #name: string;
  readonly #followsParent: boolean;
  readonly #ratio: number;
  readonly #kept: SamplingResult;

  constructor(name: string, followsParent: boolean, ratio: number) {
    super();
    this.#name = name;
    this.#followsParent = followsParent;
    this.#ratio = ratio;
    this.#kept = { decision: SAMPLE, attributes: { 'sampling.probability': ratio } };
  }

  judge({ parent, trace }: Asked): SamplingResult {
    const kind = parentKind(parent);
    if (kind > 0 && this.#followsParent) return RESULTS[kind % 2 === 1 ? SAMPLE : DROP]!;
    // Of the 56 bits a double holds 53, which is near enough for a ratio.
    const value =
      trace.text === undefined
        ? (trace.word2 & 0xffffff) * 2 ** 32 + (trace.word3 >>> 0)
        : Number.parseInt(trace.text.slice(18), 16);
    return this.#ratio > 0 && value >= (1 - this.#ratio) * 2 ** 56 ? this.#kept : RESULTS[DROP]!;
  }

  toString(): string {
    return this.#name;
  }
}
