import { parseDuration } from '../duration.js';
import { QueryError } from '../errors.js';

/** Reads the parameters of a request to the HTTP API; each complains in Prometheus's words. */
export class Params {
  readonly #params: URLSearchParams;

  constructor(params: URLSearchParams) {
    this.#params = params;
  }

  text(name: string): string | undefined {
    return this.#params.get(name) ?? undefined;
  }

  all(name: string): string[] {
    return this.#params.getAll(name);
  }

  required(name: string): string {
    return this.text(name) ?? fail(name, 'missing');
  }

  /** Milliseconds since the epoch, from seconds or an RFC 3339 date. */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === '') return undefined;
    const ms = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) * 1000 : Date.parse(text);
    if (!Number.isFinite(ms)) fail(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
    return Math.round(ms);
  }

  requiredTime(name: string): number {
    return this.time(name) ?? fail(name, 'cannot parse "" to a valid timestamp');
  }

  /** Milliseconds, from seconds or a duration. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === '') return undefined;
    const ms = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) * 1000 : parseDuration(text);
    if (ms === undefined || !Number.isFinite(ms)) {
      return fail(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
    }
    return ms;
  }

  /** A whole number that is not negative; 0 where there is none. */
  limit(name = 'limit'): number {
    const text = this.text(name) ?? '0';
    return /^\d{1,9}$/.test(text) ? Number(text) : fail(name, `${name} must be non-negative`);
  }
}

function fail(name: string, reason: string): never {
  throw new QueryError('bad_data', `invalid parameter "${name}": ${reason}`);
}
