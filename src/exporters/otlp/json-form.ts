import type { OtlpSignal } from './otlp-options.js';
import type { PartialSuccess } from './partial-success.js';
import { readProtobuf } from './read-protobuf.js';

/** A request in protobuf, as OTLP's JSON has it. */
export function requestJson(bytes: Uint8Array, signal: OtlpSignal): Buffer {
  return Buffer.from(JSON.stringify(readProtobuf(bytes, signal)));
}

/** Reads an answer in JSON. One that cannot be read says nothing: the status was a success. */
export function partialSuccessJson(body: Uint8Array): PartialSuccess {
  let rejected = 0;
  let message = '';
  try {
    const answer = JSON.parse(Buffer.from(body).toString());
    for (const [name, value] of Object.entries(answer.partialSuccess)) {
      if (name === 'errorMessage') message = String(value);
      else if (Number(value) > 0) rejected = Math.trunc(Number(value)); // rejectedSpans and its kin
    }
  } catch {}
  return { rejected, message };
}
