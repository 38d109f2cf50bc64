import type { TraceState } from '@opentelemetry/api';
import { headerText, trimmed } from './header.js';

const MAX_MEMBERS = 32;
/** A key: lower-case letters, digits and five signs. A value: printable ASCII but comma and equals sign. */
const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
const VALUE = /^[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/**
 * The members of a `tracestate` header, the latest writer first. Immutable: `set` and `unset` give new lists.
 *
 * Specification: https://www.w3.org/TR/trace-context-2/#tracestate-header
 */
export class TraceStateList implements TraceState {
  readonly #members: ReadonlyMap<string, string>;
  /** What `serialize` gave: all spans of a trace share one list, and each of them is written. */
  #text: string | undefined;

  constructor(members: ReadonlyMap<string, string>) {
    this.#members = members;
  }

  /**
   * What one or several headers say; `undefined` where they are empty, or wrong in any member: a list that
   * cannot be understood whole is not passed on.
   */
  static parse(header: unknown): TraceStateList | undefined {
    const text = headerText(header);
    if (text === undefined) return undefined;
    const members = new Map<string, string>();
    let start = 0;
    while (start < text.length) {
      let end = text.indexOf(',', start);
      if (end < 0) end = text.length;
      const member = trimmed(text.slice(start, end));
      start = end + 1;
      if (member === '') continue;
      const equals = member.indexOf('=');
      const key = member.slice(0, Math.max(0, equals));
      const value = member.slice(equals + 1);
      if (!KEY.test(key) || !VALUE.test(value) || members.has(key)) return undefined;
      members.set(key, value);
      if (members.size > MAX_MEMBERS) return undefined;
    }
    return members.size === 0 ? undefined : new TraceStateList(members);
  }

  get(key: string): string | undefined {
    return this.#members.get(key);
  }

  /** A member that is new or changed goes first; the last gives way where there would be more than 32. */
  set(key: string, value: string): TraceStateList {
    if (!KEY.test(key) || !VALUE.test(value)) return this;
    const members = new Map([[key, value]]);
    for (const [other, kept] of this.#members) {
      if (other !== key && members.size < MAX_MEMBERS) members.set(other, kept);
    }
    return new TraceStateList(members);
  }

  unset(key: string): TraceStateList {
    const members = new Map(this.#members);
    return members.delete(key) ? new TraceStateList(members) : this;
  }

  serialize(): string {
    if (this.#text !== undefined) return this.#text;
    let text = '';
    for (const [key, value] of this.#members) text += text === '' ? `${key}=${value}` : `,${key}=${value}`;
    this.#text = text;
    return text;
  }
}
