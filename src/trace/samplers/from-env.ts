import type { Context } from '@opentelemetry/api';
import type { Diagnostics } from '../../common/diagnostics.js';
import type { TraceIdentity } from '../ids.js';
import type { OwnSpan } from '../own-span.js';
import { alwaysOff, alwaysOn, unlessParentDropped } from './by-parent.js';
import {
  DROP,
  OwnSampler,
  parentKind,
  RESULTS,
  SAMPLE,
  type Sampler,
  type SamplingResult,
} from './sampler.js';

/**
 * What `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` ask for, or `parentBased(alwaysOn())`. What cannot be
 * understood is told of and passed over, as OpenTelemetry's specification wants it.
 *
 * Every provider carries this code. So a ratio is a class of its own here, a tenth of `traceIdRatio`: it decides the
 * same and writes its probability on the roots that it keeps, but not into the trace state.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function samplerFromEnv(env: Record<string, string | undefined>, diagnostics: Diagnostics): Sampler {
  const ignored = (variable: string, accepted: string): void => {
    const message = `${variable} is ${env[variable]}, which is not ${accepted}; it is ignored`;
    diagnostics.report('invalid_environment', variable, message);
  };
  const name = env.OTEL_TRACES_SAMPLER?.trim().toLowerCase() ?? '';
  switch (name) {
    case '':
    case 'parentbased_always_on':
      return unlessParentDropped();
    case 'always_on':
      return alwaysOn();
    case 'always_off':
      return alwaysOff();
    case 'parentbased_always_off':
      return new Ratio(name, 0);
    case 'traceidratio':
    case 'parentbased_traceidratio': {
      const text = env.OTEL_TRACES_SAMPLER_ARG?.trim() || '1';
      const ratio = Number(text);
      if (ratio >= 0 && ratio <= 1) return new Ratio(name, ratio);
      ignored('OTEL_TRACES_SAMPLER_ARG', 'a number from 0 to 1');
      return new Ratio(name, 1);
    }
    default:
      ignored('OTEL_TRACES_SAMPLER', 'a sampler of the specification');
      return unlessParentDropped();
  }
}

/** A share of the traces, by the last 56 bits of their ids; of those that begin here alone, or of all. */
class Ratio extends OwnSampler {
  readonly #name: string;
  readonly #ratio: number;
  readonly #kept: SamplingResult;

  constructor(name: string, ratio: number) {
    super();
    this.#name = name;
    this.#ratio = ratio;
    this.#kept = { decision: SAMPLE, attributes: { 'sampling.probability': ratio } };
  }

  judge(_context: Context, parent: OwnSpan | undefined, trace: TraceIdentity): SamplingResult {
    const kind = parentKind(parent);
    if (kind > 0 && this.#name.startsWith('parent')) return RESULTS[kind % 2 === 1 ? SAMPLE : DROP]!;
    // Of the 56 bits a double holds 53, which is near enough for a ratio.
    const value =
      trace.text === undefined
        ? (trace.word2 & 0xffffff) * 2 ** 32 + (trace.word3 >>> 0)
        : Number.parseInt(trace.text.slice(18), 16);
    return this.#ratio > 0 && value >= (1 - this.#ratio) * 2 ** 56 ? this.#kept : RESULTS[DROP]!;
  }

  toString(): string {
    return `${this.#name}{${this.#ratio}}`;
  }
}
