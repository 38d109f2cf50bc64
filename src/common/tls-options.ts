import { checkOptions } from './options.js';

/** What `node:tls` needs to know for a back end with certificates of its own; PEM texts or bytes. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the well-known ones. */
  ca?: string | Uint8Array | undefined;
  /** The client's certificate and its key, where the back end asks for one. */
  cert?: string | Uint8Array | undefined;
  key?: string | Uint8Array | undefined;
  passphrase?: string;
  /** Default true; `false` trusts anybody and is for tests only. */
  rejectUnauthorized?: boolean;
  /** The name that the back end's certificate must carry, where it is not the host's. */
  servername?: string;
}

/** @throws TelltaleError for an option that there is not. */
export function checkTls(owner: string, tls: TlsOptions | undefined): TlsOptions {
  return checkOptions(`${owner}: tls`, tls, [
    'ca',
    'cert',
    'key',
    'passphrase',
    'rejectUnauthorized',
    'servername',
  ]);
}
