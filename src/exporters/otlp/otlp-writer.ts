import type { HrTime } from '@opentelemetry/api';

/**
 * What an OTLP message is written to: protobuf bytes or a JSON tree. The encoders name every field by both its
 * number and its name, so one description of a message serves both formats and they cannot disagree.
 *
 * As in proto3, a field that holds its default is left out; `always…` writes it nevertheless, for members of a
 * `oneof` and fields whose presence has a meaning.
 */
export interface OtlpWriter {
  string(field: number, name: string, value: string): void;
  alwaysString(field: number, name: string, value: string): void;
  bytes(field: number, name: string, value: Uint8Array): void;
  /** An id given as hexadecimal text; anything else is left out. */
  id(field: number, name: string, hex: string | undefined): void;
  bool(field: number, name: string, value: boolean): void;
  alwaysBool(field: number, name: string, value: boolean): void;
  /** `uint32` and enums. */
  uint32(field: number, name: string, value: number): void;
  sint32(field: number, name: string, value: number): void;
  fixed32(field: number, name: string, value: number): void;
  /** A safe integer. */
  alwaysInt64(field: number, name: string, value: number): void;
  alwaysFixed64(field: number, name: string, value: number): void;
  alwaysDouble(field: number, name: string, value: number): void;
  double(field: number, name: string, value: number): void;
  /** `[seconds, nanoseconds]` as nanoseconds since the Unix epoch. */
  time(field: number, name: string, value: HrTime): void;
  /** Packed lists. */
  fixed64List(field: number, name: string, values: readonly number[]): void;
  uint64List(field: number, name: string, values: readonly number[]): void;
  doubleList(field: number, name: string, values: readonly number[]): void;

  /** Opens a nested message; what it gives must be handed to `end` or `endItem`. */
  begin(field: number, name: string): number;
  /** Closes a message that is the only one of its field. */
  end(name: string, mark: number): void;
  /** Closes a message that is one of a list. */
  endItem(name: string, mark: number): void;

  /** Where the writer stands, to come back to when a record cannot be read to its end. */
  position(): number;
  rewind(position: number): void;

  finish(): Uint8Array;
}

/** What fits a 64-bit field: whole, and 0 for what is no such number. */
export function wholeOf(value: number): number {
  return Math.abs(value) < 2 ** 63 ? Math.trunc(value) : 0;
}
