import type { Diagnostics } from '../common/diagnostics.js';

/** Runs what may throw; where it does, `diagnostics` is told, and the answer is `undefined`. */
export type Guard = <R>(code: string, what: string, fn: () => R) => R | undefined;

/** For an instrumentation, which never throws into what it instruments. */
export function guardOf(owner: string, diagnostics: Diagnostics): Guard {
  return function guard(code, what, fn) {
    try {
      return fn();
    } catch (error) {
      diagnostics.report(code, owner, `${owner}: ${what}`, error);
      return undefined;
    }
  };
}
