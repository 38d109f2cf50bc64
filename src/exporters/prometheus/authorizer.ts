import type { Credentials } from './authorize.js';

/** Tells whether an `Authorization` header opens the door; it takes as long for a wrong one as for a right one. */
export async function authorizer({
  scheme,
  secret,
}: Credentials): Promise<(authorization: string | undefined) => boolean> {
  // Loaded here: most scrape servers ask for nothing.
  const { createHash, timingSafeEqual } = await import('node:crypto');
  const digest = (text: string | Uint8Array) => createHash('sha256').update(text).digest();
  const expected = digest(secret);
  return (authorization = '') => {
    const [, given = '', shown = ''] = /^(\S+) +(\S+)$/.exec(authorization.trim()) ?? [];
    // Digests are of equal length whatever was shown.
    const same = timingSafeEqual(digest(scheme === 'Basic' ? Buffer.from(shown, 'base64') : shown), expected);
    return same && given.toLowerCase() === scheme.toLowerCase();
  };
}
