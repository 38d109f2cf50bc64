import type { Diagnostics } from '../../common/diagnostics.js';
import { type Env, ignored, numberFromEnv } from '../../common/env.js';
import { ByParent } from './by-parent.js';
import { DROP, SAMPLE, type Sampler } from './sampler.js';

const NAMES = /^(parentbased_)?(always_on|always_off|traceidratio)$/;
const DEFAULT = 'parentbased_always_on';

/**
 * What `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` ask for, or `parentBased(alwaysOn())`. What cannot be
 * understood is told of and passed over, as OpenTelemetry's specification wants it.
 *
 * Every provider carries this code. So a ratio is the little that `ByParent` knows of it, a tenth of `traceIdRatio`: it
 * decides the same and writes its probability on the roots that it keeps, but not into the trace state.
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
  const [, followsParent, kind] = match;
  const byRatio = kind === 'traceidratio';
  const root = byRatio ? undefined : kind === 'always_off' ? DROP : SAMPLE;
  const share = byRatio ? (numberFromEnv(env, 'OTEL_TRACES_SAMPLER_ARG', 1, diagnostics) ?? 1) : 1;
  return new ByParent(
    byRatio ? `${name}{${share}}` : name,
    followsParent === undefined ? [root, root, root, root, root] : [root, SAMPLE, DROP, SAMPLE, DROP],
    share,
  );
}
