import type { Bindings } from './bindings.js';
import type { LevelValue } from './level.js';
import type { LineBuffer } from './line-buffer.js';
import type { Fields } from './log-call.js';

/**
 * The way into a logger for typed events: its own symbol, so that it is no name that a user stumbles over, and a
 * registered one, so that the ESM and the CJS copy of telltale in one process know the same.
 */
export const EVENT = /* @__PURE__ */ Symbol.for('telltale.log.event');

/** What writes the fields of one kind of event, compiled from its schema. */
export interface EventForm {
  readonly name: string;
  readonly value: LevelValue;
  readonly message: string;
  /** Puts the fields into the line, the event's name first; throws what a getter throws. */
  readonly write: (buffer: LineBuffer, at: number, fields: Fields) => number;
  /** Whether a bound field has the name of one of the event's own, which then would stand twice. */
  meets(bindings: Bindings): boolean;
  /** The same fields as a plain object, for stages and for sinks that take records. Never throws. */
  plain(fields: Fields): Fields;
}

/** A logger, as far as a typed event needs one. */
export interface EventLogger {
  /** @internal */
  [EVENT](form: EventForm, fields: Fields): void;
}
