import { invalidOption } from '../../common/errors.js';
import { errorFields } from '../../logs/error-fields.js';
import type { Fields } from '../../logs/log-call.js';
import { copySafely, isError } from '../../logs/read-safely.js';
import type { LogStage } from '../../logs/stage.js';
import { OWNER } from './options.js';
import type { RedactOptions } from './types.js';

/** Members of one array or keys of one object that a wildcard is followed into at most. */
const MAX_MEMBERS = 10_000;

/**
 * Pino's `redact`: values at the paths are replaced, or taken out, in copies; what the caller gave is not changed.
 * Paths are pino's: `user.password`, `req.headers["x-key"]`, `cards[*].number`, `*.secret`.
 *
 * @throws TelltaleError for a path that cannot be read
 */
export function redactStage(redact: string[] | RedactOptions): LogStage {
  const { paths, censor = '[Redacted]', remove = false } = Array.isArray(redact) ? { paths: redact } : redact;
  const parsed = paths.map((path, i) => pathOf(path, i));
  const replaced = (value: unknown, path: string[]): unknown => {
    if (remove) return undefined;
    if (typeof censor !== 'function') return censor;
    try {
      return censor(value, path);
    } catch {
      return '[Redacted]'; // better than the value
    }
  };
  const redacted = (fields: Fields): Fields => {
    let result: unknown = fields;
    for (const path of parsed) result = at(result, path, 0, [], replaced);
    return result as Fields;
  };
  return {
    process(draft) {
      if (draft.fields !== undefined) draft.fields = redacted(draft.fields);
      return true;
    },
    bind: redacted,
  };
}

/** The value with what lies at the path replaced: itself where nothing does, else a copy down to there. */
function at(
  given: unknown,
  path: readonly string[],
  depth: number,
  taken: string[],
  replaced: (value: unknown, path: string[]) => unknown,
): unknown {
  if (typeof given !== 'object' || given === null) return given;
  // Message and stack of an error are not what a copy of its own properties has.
  const value = isError(given) ? errorFields(given) : given;
  const step = path[depth]!;
  let keys: string[];
  try {
    keys = step === '*' ? Object.keys(value).slice(0, MAX_MEMBERS) : step in value ? [step] : [];
  } catch {
    return given; // a Proxy that does not tell its keys; the line does not get any further either
  }
  let copy: Record<string, unknown> | unknown[] | undefined;
  for (const key of keys) {
    let old: unknown;
    try {
      old = (value as Record<string, unknown>)[key];
    } catch {
      continue; // the getter throws for the line as well
    }
    const way = [...taken, key];
    const last = depth === path.length - 1;
    const fresh = last ? replaced(old, way) : at(old, path, depth + 1, way, replaced);
    if (fresh === old) continue;
    copy ??= Array.isArray(value) ? value.slice() : copySafely(value);
    (copy as Record<string, unknown>)[key] = fresh;
  }
  return copy ?? given;
}

function pathOf(path: string, i: number): string[] {
  const steps: string[] = [];
  const step = /\.?([^.[\]"'`]+)|\[(?:(\d+|\*)|"([^"]*)"|'([^']*)'|`([^`]*)`)\]/y;
  while (step.lastIndex < path.length) {
    const before = step.lastIndex;
    const match = step.exec(path);
    if (match === null || (before === 0 && path.startsWith('.'))) {
      throw invalidOption(OWNER, `redact[${i}]`, path, 'a path like user.password, a["b-c"], list[*].key');
    }
    steps.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5] ?? '');
  }
  return steps;
}
