import type { Level } from '../level.js';

/** What a record must say to be found; conditions that are left out hold for all. */
export interface LogQuery {
  /**
   * What the message, or the message of its error, must contain: a text (`'timeout'`), whole words in any order
   * (`{ words: 'redis timeout' }`), or a regular expression in RE2's syntax (`/timeout after \\d+ ms/`,
   * `{ regex: '…' }`), which never takes more than linear time.
   */
  text?: TextQuery;
  /** Whether texts and words are compared with their case. Default false. Expressions say it themselves. */
  caseSensitive?: boolean;
  /** A level: records of it and graver ones. An array: records of just these. */
  level?: Level | (string & {}) | readonly (Level | (string & {}))[];
  /** The first moment: milliseconds since the Unix epoch, or a date. */
  from?: number | Date;
  /** The moment before which records must lie. */
  to?: number | Date;
  traceId?: string;
  spanId?: string;
  /** Fields and the values they must have: `{ userId: 42, 'order.country': 'DE' }`. */
  fields?: Readonly<Record<string, string | number | boolean | null>>;
}

export type TextQuery = string | RegExp | { readonly words: string } | { readonly regex: string };

export interface LogSearch extends LogQuery {
  /** Records returned at most. Default 100. */
  limit?: number;
  /** `newest` (the default) returns those that arrived last first. */
  order?: 'newest' | 'oldest';
}
