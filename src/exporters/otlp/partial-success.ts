/** What a back end says of a request that it took in part, or took with a warning. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

const NONE: PartialSuccess = { rejected: 0, message: '' };

/**
 * Reads an `Export…ServiceResponse`: its one field, `partial_success`, with a count (1) and a message (2), the
 * same for all signals. An answer that cannot be read says nothing: the status was a success.
 */
export function readPartialSuccess(body: Uint8Array, json: boolean): PartialSuccess {
  if (body.length === 0) return NONE;
  try {
    return json ? readJson(body) : readProtobuf(body);
  } catch {
    return NONE;
  }
}

function readJson(body: Uint8Array): PartialSuccess {
  const answer: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  const partial = (answer as { partialSuccess?: Record<string, unknown> } | null)?.partialSuccess ?? {};
  const { rejectedSpans, rejectedLogRecords, rejectedDataPoints, errorMessage } = partial;
  const rejected = Number(rejectedSpans ?? rejectedLogRecords ?? rejectedDataPoints ?? 0);
  return {
    rejected: rejected > 0 ? Math.trunc(rejected) : 0,
    message: typeof errorMessage === 'string' ? errorMessage : '',
  };
}

function readProtobuf(body: Uint8Array): PartialSuccess {
  let rejected = 0;
  let message = '';
  for (const [field, partial] of fieldsOf(body)) {
    if (field !== 1 || typeof partial === 'number') continue;
    for (const [inner, value] of fieldsOf(partial)) {
      if (inner === 1 && typeof value === 'number') rejected = value;
      else if (inner === 2 && typeof value !== 'number') message = Buffer.from(value).toString('utf8');
    }
  }
  return { rejected, message };
}

/** The fields of a message: varints as numbers, length-delimited ones as bytes; fixed ones are skipped. */
function* fieldsOf(bytes: Uint8Array): Generator<[field: number, value: number | Uint8Array]> {
  let at = 0;
  function varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 63) throw new RangeError('malformed protobuf');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield [field, varint()];
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (at + length > bytes.length) throw new RangeError('malformed protobuf');
        yield [field, bytes.subarray(at, at + length)];
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError('malformed protobuf');
    }
  }
}
