import { createHmac } from 'node:crypto';
import { TelltaleError } from '../../common/errors.js';
import { checkString } from '../../common/options.js';
import { stringify } from '../stringify.js';
import type { Censor } from './censor.js';

/** Bytes of the digest that are shown: enough to tell values apart. */
const SHOWN = 8;

/**
 * Writes a keyed hash (HMAC-SHA-256, the first 64 bits) instead of a value: the same value gives the same text, so
 * lines of one user can still be found, and without the key nobody can try values out.
 *
 * ```ts
 * redaction({ keys: ['email'], censor: hashed(process.env.LOG_HASH_KEY) });   // "hmac:8c4f0e1d…"
 * ```
 *
 * @param key At least 16 characters. Whoever has it can find out what values were guessed right.
 */
export function hashed(key: string | undefined): Censor {
  const secret = checkString('hashed', 'key', key, '');
  if (secret.length < 16) {
    throw new TelltaleError(`hashed: key has ${secret.length} characters; accepted: 16 or more`, 'key');
  }
  return (value) => {
    const text = typeof value === 'string' ? value : stringify(value);
    return `hmac:${createHmac('sha256', secret)
      .update(text)
      .digest('hex')
      .slice(0, SHOWN * 2)}`;
  };
}
