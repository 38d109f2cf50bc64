import type { SpanContext, TraceState } from '@opentelemetry/api';
import { type IdBearer, PUT_IDS } from '../common/otel-keys.js';
import { digit, hexOfSpan, putHex, spanContextOf, type TraceIdentity } from './ids.js';

/**
 * What every span of telltale's has, recording or not: who it is. A child made in this process takes these
 * fields straight from its parent; the `SpanContext` with its hex texts is made when somebody asks for it.
 *
 * These fields, and those of `RecordingSpan`, are plain ones for the sake of telltale's own files beside this
 * one; users see spans by OpenTelemetry's interfaces only. As `#private` members, thirteen such fields
 * cost 27 ns to set instead of 21 ns (Node 20), and the encoders could not read them.
 */
export abstract class OwnSpan implements IdBearer {
  /** Undefined only on a span that is not recorded and that nobody has asked for its ids. */
  declare identity: TraceIdentity | undefined;
  /** The two words of the span's id; both 0 where `known` holds an id that came as text. */
  declare spanHigh: number;
  declare spanLow: number;
  /** `traceFlags`. */
  declare readonly flags: number;
  declare readonly traceState: TraceState | undefined;
  /** The span context, once it was asked for. */
  declare known: SpanContext | undefined;

  constructor(
    identity: TraceIdentity | undefined,
    flags: number,
    traceState: TraceState | undefined,
    known: SpanContext | undefined,
  ) {
    this.identity = identity;
    this.spanHigh = 0;
    this.spanLow = 0;
    this.flags = flags;
    this.traceState = traceState;
    this.known = known;
  }

  /** The identity of the trace, drawn now where it was not yet. */
  abstract trace(): TraceIdentity;

  spanContext(): SpanContext {
    this.known ??= spanContextOf(
      this.trace(),
      hexOfSpan(this.spanHigh, this.spanLow),
      this.flags,
      this.traceState,
    );
    return this.known;
  }

  /** False where the span's id came as text, or was not asked for yet: `spanContext` has it then. */
  [PUT_IDS](bytes: Uint8Array, traceAt: number, spanAt: number, flagsAt: number): boolean {
    if (this.spanHigh === 0) return false;
    this.trace().putHex(bytes, traceAt);
    putHex(bytes, spanAt, this.spanHigh);
    putHex(bytes, spanAt + 8, this.spanLow);
    bytes[flagsAt] = digit(this.flags >> 4);
    bytes[flagsAt + 1] = digit(this.flags);
    return true;
  }
}
