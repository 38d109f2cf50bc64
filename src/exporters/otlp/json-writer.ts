import type { HrTime } from '@opentelemetry/api';
import { type OtlpWriter, wholeOf } from './otlp-writer.js';

type Tree = { [name: string]: unknown };

/**
 * Writes OTLP's JSON: protobuf's own mapping, but ids in hexadecimal and enums as numbers; 64-bit integers
 * are strings, bytes base64. Not the fast format; plain objects and one `JSON.stringify` at the end.
 *
 * Specification: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export class JsonWriter implements OtlpWriter {
  readonly #root: Tree = {};
  /** The open messages, outermost first. */
  readonly #open: Tree[] = [this.#root];
  #top: Tree = this.#root;

  string(_field: number, name: string, value: string): void {
    if (value !== '') this.#top[name] = wellFormed(value);
  }

  alwaysString(_field: number, name: string, value: string): void {
    this.#top[name] = wellFormed(value);
  }

  bytes(_field: number, name: string, value: Uint8Array): void {
    this.#top[name] = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }

  id(_field: number, name: string, hex: string | undefined): void {
    if (hex !== undefined && hex.length <= 64 && /^([0-9a-f]{2})+$/i.test(hex)) this.#top[name] = hex;
  }

  bool(_field: number, name: string, value: boolean): void {
    if (value) this.#top[name] = true;
  }

  alwaysBool(_field: number, name: string, value: boolean): void {
    this.#top[name] = value;
  }

  uint32(_field: number, name: string, value: number): void {
    if (value >>> 0 !== 0) this.#top[name] = value >>> 0;
  }

  sint32(_field: number, name: string, value: number): void {
    if ((value | 0) !== 0) this.#top[name] = value | 0;
  }

  fixed32(field: number, name: string, value: number): void {
    this.uint32(field, name, value);
  }

  alwaysInt64(_field: number, name: string, value: number): void {
    this.#top[name] = integer(value);
  }

  alwaysFixed64(_field: number, name: string, value: number): void {
    this.#top[name] = integer(value);
  }

  double(_field: number, name: string, value: number): void {
    if (value !== 0) this.#top[name] = double(value);
  }

  alwaysDouble(_field: number, name: string, value: number): void {
    this.#top[name] = double(value);
  }

  time(_field: number, name: string, value: HrTime): void {
    const [seconds, nanoseconds] = value;
    if (!(seconds >= 0 && nanoseconds >= 0 && seconds + nanoseconds > 0)) return;
    const total = BigInt(wholeOf(seconds)) * 1_000_000_000n + BigInt(wholeOf(nanoseconds));
    this.#top[name] = String(total);
  }

  fixed64List(_field: number, name: string, values: readonly number[]): void {
    if (values.length > 0) this.#top[name] = Array.from(values, integer);
  }

  uint64List(field: number, name: string, values: readonly number[]): void {
    this.fixed64List(field, name, values);
  }

  doubleList(_field: number, name: string, values: readonly number[]): void {
    if (values.length > 0) this.#top[name] = Array.from(values, double);
  }

  begin(): number {
    this.#top = {};
    return this.#open.push(this.#top) - 1;
  }

  end(name: string, mark: number): void {
    const message = this.#close(mark);
    this.#top[name] = message;
  }

  endItem(name: string, mark: number): void {
    const message = this.#close(mark);
    const list = this.#top[name] as Tree[] | undefined;
    if (list === undefined) this.#top[name] = [message];
    else list.push(message);
  }

  position(): number {
    return this.#open.length;
  }

  rewind(position: number): void {
    this.#open.length = position;
    this.#top = this.#open[position - 1]!;
  }

  finish(): Uint8Array {
    return Buffer.from(JSON.stringify(this.#root));
  }

  #close(mark: number): Tree {
    const message = this.#top;
    this.rewind(mark);
    return message;
  }
}

/** Half of a surrogate pair becomes U+FFFD, as it does in UTF-8; `JSON.stringify` alone would escape it. */
function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
}

function integer(value: number): string {
  return String(BigInt(wholeOf(value)));
}

/** JSON has no such numbers; protobuf's mapping spells them out. */
function double(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
