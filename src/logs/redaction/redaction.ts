import { invalidOption } from '../../common/errors.js';
import { checkArray, checkBoolean, checkMethods, checkOptions } from '../../common/options.js';
import type { LogStage } from '../stage.js';
import type { Censor } from './censor.js';
import { parsePath, pathTree } from './paths.js';
import { redactor } from './redactor.js';
import type { TextPattern } from './text-pattern.js';

export interface RedactionOptions {
  /**
   * Paths of fields: `password`, `user.password`, `headers["set-cookie"]`, `users[*].token`, `*.secret`. A `*`
   * stands for one name or index.
   */
  paths?: readonly string[];
  /** Names of fields, whatever they are in and whatever their case: `password`, `authorization`. */
  keys?: readonly string[];
  /**
   * What is looked for in every text, the message included: `cardNumbers()`, `bearerTokens()`, `emailAddresses()`,
   * `linearPattern('…')` of `telltale/redaction`. Only the match is replaced.
   */
  patterns?: readonly TextPattern[];
  /** What is written instead, or a function that says so: `hashed(key)`. Default `[Redacted]`. */
  censor?: string | Censor;
  /** Leaves out the fields that are found by path and by name; what patterns find is still replaced. Default false. */
  remove?: boolean;
}

const OWNER = 'redaction';

/**
 * Keeps secrets out of every line and every record, whichever sink takes them: for the option `redact` of a logger.
 *
 * ```ts
 * new Logger({
 *   redact: redaction({
 *     paths: ['user.password', '*.token'],
 *     keys: ['authorization', 'cookie'],
 *     patterns: [cardNumbers(), bearerTokens(), emailAddresses()],
 *   }),
 * });
 * ```
 *
 * What is logged is never changed: the line gets copies of the objects on the way to what is redacted. Errors,
 * Maps, class instances and what `toJSON` returns are looked into as they would be written. Fields bound to a child
 * or a context are redacted when they are bound. All patterns run in linear time.
 *
 * @throws TelltaleError for a path, a key or a pattern that is none
 */
export function redaction(options: RedactionOptions): LogStage {
  if (options === undefined) throw invalidOption(OWNER, 'options', options, 'an object');
  const given = checkOptions(OWNER, options, ['paths', 'keys', 'patterns', 'censor', 'remove']);
  const paths = checkArray(OWNER, 'paths', given.paths, (path, at) => void parsePath(OWNER, at, path));
  const keys = checkArray(OWNER, 'keys', given.keys, (key, at) => {
    if (typeof key !== 'string' || key === '') throw invalidOption(OWNER, at, key, 'the name of a field');
  });
  const patterns = checkArray(OWNER, 'patterns', given.patterns, (pattern, at) => {
    checkMethods(OWNER, at, pattern, ['find']);
  });
  const { censor = '[Redacted]' } = given;
  if (typeof censor !== 'string' && typeof censor !== 'function') {
    throw invalidOption(OWNER, 'censor', censor, 'a string or a function');
  }
  const remove = checkBoolean(OWNER, 'remove', given.remove, false);
  const { fields, text } = redactor({
    tree: pathTree(paths.map((path) => parsePath(OWNER, 'paths', path))),
    keys: new Set(keys.map((key) => key.toLowerCase())),
    patterns,
    censor,
    remove,
  });
  return {
    process(draft) {
      draft.message = text(draft.message, ['msg']);
      if (draft.fields !== undefined) draft.fields = fields(draft.fields);
      return true;
    },
    bind: fields,
  };
}
