import { invalidOption } from '../../common/errors.js';
import { checkOptions, checkString } from '../../common/options.js';

/** What a scraper must show: name and password (RFC 7617), or a token (RFC 6750). */
export type ScrapeAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string };

export interface Credentials {
  readonly scheme: 'Basic' | 'Bearer';
  /** `name:password`, or the token. */
  readonly secret: string;
}

/** @throws TelltaleError for credentials that are incomplete; what they are is not told */
export function checkAuth(owner: string, auth: ScrapeAuth): Credentials {
  const { username, password, token } = checkOptions<
    Partial<{ username: string; password: string; token: string }>
  >(`${owner}: auth`, auth, ['username', 'password', 'token']);
  const accepted = 'username (without a colon) and password, or a token';
  if (token !== undefined && username === undefined && password === undefined) {
    return { scheme: 'Bearer', secret: checkString(owner, 'auth.token', token, '') };
  }
  const complete = typeof username === 'string' && typeof password === 'string' && password !== '';
  if (token !== undefined || !complete || username === '' || username.includes(':')) {
    throw invalidOption(owner, 'auth', Object.keys(auth ?? {}), accepted);
  }
  return { scheme: 'Basic', secret: `${username}:${password}` };
}
