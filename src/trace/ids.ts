import type { SpanContext, TraceState } from '@opentelemetry/api';
import type { Diagnostics } from '../common/diagnostics.js';
import type { RandomSource } from '../common/random.js';
import type { TimeAnchor } from './span-time.js';

/** OpenTelemetry's interface for a source of ids of one's own. */
export interface IdGenerator {
  /** 32 lower-case hex digits, not all zero. */
  generateTraceId(): string;
  /** 16 lower-case hex digits, not all zero. */
  generateSpanId(): string;
  /**
   * Whether the last 56 bits of every trace id are random, as W3C Trace Context Level 2 has it; traces that begin
   * here then say so in their flags. Default false.
   */
  readonly randomTraceIds?: boolean;
}

/** The bits of `traceFlags` that W3C Trace Context Level 2 defines. */
export const FLAG_SAMPLED = 1;
export const FLAG_RANDOM = 2;

/**
 * What the spans of one trace in this process share: the trace's id and the anchor of its times.
 *
 * An id made here is four words of 32 bits, which V8 keeps in fields without allocating; its 32 hex digits are
 * made when somebody asks, once a trace. An id that came as text is parsed when somebody asks for words.
 */
export class TraceIdentity {
  /** The words of an id that was made here; those of one that came as text are 0 until somebody parses it. */
  declare word0: number;
  declare word1: number;
  declare word2: number;
  declare word3: number;
  declare anchor: TimeAnchor | undefined;
  declare text: string | undefined;
  /** What a processor holds of the trace: its own way to find that again costs 1 ns, a `Map` by id 60. */
  declare held: { readonly owner: object } | undefined;

  constructor(
    word0: number,
    word1: number,
    word2: number,
    word3: number,
    anchor: TimeAnchor | undefined,
    hex?: string,
  ) {
    this.word0 = word0;
    this.word1 = word1;
    this.word2 = word2;
    this.word3 = word3;
    this.anchor = anchor;
    this.text = hex;
    this.held = undefined;
  }

  /** An identity whose id came as text: 32 valid hex digits. */
  static ofHex(hex: string, anchor?: TimeAnchor): TraceIdentity {
    return new TraceIdentity(0, 0, 0, 0, anchor, hex);
  }

  get hex(): string {
    this.text ??= hexOfTrace(this.word0, this.word1, this.word2, this.word3);
    return this.text;
  }

  /** Puts the 32 hex digits into `bytes`. */
  putHex(bytes: Uint8Array, at: number): void {
    const { text } = this;
    if (text !== undefined) {
      for (let i = 0; i < 32; i++) bytes[at + i] = text.charCodeAt(i);
      return;
    }
    putHex(bytes, at, this.word0);
    putHex(bytes, at + 8, this.word1);
    putHex(bytes, at + 16, this.word2);
    putHex(bytes, at + 24, this.word3);
  }

  /** This identity for spans that are timed from `anchor`: itself where it is free or has that clock. */
  anchoredBy(anchor: TimeAnchor): TraceIdentity {
    if (this.anchor === undefined) this.anchor = anchor;
    if (this.anchor.clock === anchor.clock) return this;
    return new TraceIdentity(this.word0, this.word1, this.word2, this.word3, anchor, this.text);
  }
}

/** Makes ids: from random words, or by the generator that was handed in. */
export class IdSource {
  declare readonly random: RandomSource;
  declare readonly generator: IdGenerator | undefined;
  /** The flags of a trace that begins here: telltale's own ids are random as Level 2 defines it. */
  declare readonly flags: number;
  readonly #diagnostics: Diagnostics;

  constructor(random: RandomSource, generator: IdGenerator | undefined, diagnostics: Diagnostics) {
    this.random = random;
    this.generator = generator;
    this.flags = generator === undefined || generator.randomTraceIds === true ? FLAG_RANDOM : 0;
    this.#diagnostics = diagnostics;
  }

  trace(anchor: TimeAnchor | undefined): TraceIdentity {
    if (this.generator !== undefined) {
      const hex = this.#generated(this.generator, 'generateTraceId', 32);
      if (hex !== undefined) return TraceIdentity.ofHex(hex, anchor);
    }
    const word3 = this.word();
    const random = this.random;
    return new TraceIdentity(random.int32(), random.int32(), random.int32(), word3, anchor);
  }

  /** A word that is never 0, so that the id it is a part of never is. */
  word(): number {
    let word = this.random.int32();
    while (word === 0) word = this.random.int32();
    return word;
  }

  /** Gives a span an id. One that the generator made becomes words like any other; the first may then be 0. */
  nameSpan(span: { spanHigh: number; spanLow: number }): void {
    span.spanHigh = this.word();
    span.spanLow = this.random.int32();
    if (this.generator === undefined) return;
    const hex = this.#generated(this.generator, 'generateSpanId', 16);
    if (hex !== undefined) {
      span.spanHigh = Number.parseInt(hex.slice(0, 8), 16) | 0;
      span.spanLow = Number.parseInt(hex.slice(8), 16) | 0;
    }
  }

  #generated(
    generator: IdGenerator,
    method: 'generateTraceId' | 'generateSpanId',
    length: number,
  ): string | undefined {
    let problem: unknown;
    try {
      const id = generator[method]();
      if (isId(id, length)) return id;
    } catch (error) {
      problem = error;
    }
    this.#diagnostics.report(
      'id_generator_failed',
      method,
      `${method} gave no valid id; a random one is used`,
      problem,
    );
    return undefined;
  }
}

/**
 * Whether a text is an id: so many lower-case hex digits, not all zero. For spans and generators of others; the
 * propagators, which read every request, have a quicker one that is three times as long.
 */
export function isId(text: unknown, length: number): text is string {
  return typeof text === 'string' && text.length === length && /^(?!0+$)[\da-f]+$/.test(text);
}

/** The 16 hex digits of two words: 70 ns this way, 130 ns or more by a `Buffer`. */
export function hexOfSpan(high: number, low: number): string {
  return String.fromCharCode(
    digit(high >>> 28),
    digit(high >>> 24),
    digit(high >>> 20),
    digit(high >>> 16),
    digit(high >>> 12),
    digit(high >>> 8),
    digit(high >>> 4),
    digit(high),
    digit(low >>> 28),
    digit(low >>> 24),
    digit(low >>> 20),
    digit(low >>> 16),
    digit(low >>> 12),
    digit(low >>> 8),
    digit(low >>> 4),
    digit(low),
  );
}

/** Puts the 8 hex digits of a word into `bytes`. */
export function putHex(bytes: Uint8Array, at: number, word: number): void {
  putFour(bytes, at, word >>> 16);
  putFour(bytes, at + 4, word & 0xffff);
}

/** Four digits at once, one in each byte of a word: the ids of a log line in 85 ns, digit by digit in 230. */
function putFour(bytes: Uint8Array, at: number, bits: number): void {
  const nibbles = (bits >>> 12) | (bits & 0xf00) | ((bits & 0xf0) << 12) | ((bits & 15) << 24);
  const letters = ((nibbles + 0x06060606) >>> 4) & 0x01010101;
  const digits = nibbles + 0x30303030 + letters * 39;
  bytes[at] = digits;
  bytes[at + 1] = digits >> 8;
  bytes[at + 2] = digits >> 16;
  bytes[at + 3] = digits >> 24;
}

/**
 * The 32 hex digits of four words. In one piece: two halves that are added become a string of V8's that is joined
 * when it is first looked at, which is three objects instead of one for as long as the trace is held.
 */
function hexOfTrace(word0: number, word1: number, word2: number, word3: number): string {
  return String.fromCharCode(
    digit(word0 >>> 28),
    digit(word0 >>> 24),
    digit(word0 >>> 20),
    digit(word0 >>> 16),
    digit(word0 >>> 12),
    digit(word0 >>> 8),
    digit(word0 >>> 4),
    digit(word0),
    digit(word1 >>> 28),
    digit(word1 >>> 24),
    digit(word1 >>> 20),
    digit(word1 >>> 16),
    digit(word1 >>> 12),
    digit(word1 >>> 8),
    digit(word1 >>> 4),
    digit(word1),
    digit(word2 >>> 28),
    digit(word2 >>> 24),
    digit(word2 >>> 20),
    digit(word2 >>> 16),
    digit(word2 >>> 12),
    digit(word2 >>> 8),
    digit(word2 >>> 4),
    digit(word2),
    digit(word3 >>> 28),
    digit(word3 >>> 24),
    digit(word3 >>> 20),
    digit(word3 >>> 16),
    digit(word3 >>> 12),
    digit(word3 >>> 8),
    digit(word3 >>> 4),
    digit(word3),
  );
}

/**
 * The character code of the hex digit of the lowest four bits. Without a branch, which a processor cannot foresee
 * for random bits: it took an id of 16 digits from 200 to 70 ns.
 */
export function digit(bits: number): number {
  const value = bits & 15;
  return value + 48 + (((9 - value) >> 31) & 39);
}

export function spanContextOf(
  trace: TraceIdentity,
  spanId: string,
  traceFlags: number,
  traceState: TraceState | undefined,
): SpanContext {
  const context: SpanContext = { traceId: trace.hex, spanId, traceFlags };
  if (traceState !== undefined) context.traceState = traceState;
  return context;
}
