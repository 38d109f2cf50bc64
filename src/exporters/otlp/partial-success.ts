import { LENGTH } from './protobuf-writer.js';

/** What a back end says of a request that it took in part, or took with a warning. */
export interface PartialSuccess {
  /** Spans, log records or data points that it refused. */
  readonly rejected: number;
  readonly message: string;
}

/**
 * Reads an `Export…ServiceResponse`: of all signals the first field is the partial success, and in it the first
 * is the count and the second the text. Bytes that make no sense say nothing: the status was a success.
 *
 * Never throws and always ends, for a back end may answer anything.
 */
export function partialSuccess(body: Uint8Array): PartialSuccess {
  let at = 1;
  let rejected = 0;
  let message = '';
  const length = body[0] === 0x0a ? varint() : 0;
  const end = Math.min(at + length, body.length);
  while (at < end) {
    const tag = varint();
    const value = varint();
    // Numbers of a fixed size, of which there are none, would have been read wrong.
    if (tag & 1) break;
    if (tag === 0x08 && Number.isSafeInteger(value)) rejected = value;
    if (tag === 0x12) message = Buffer.from(body.subarray(at, at + value)).toString();
    if ((tag & 7) === LENGTH) at += value;
  }
  return { rejected, message };

  /** Never negative: what would be is far too large then, which ends the reading. Beyond the end there are zeros. */
  function varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = body[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}
