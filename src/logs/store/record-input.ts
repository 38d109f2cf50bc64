import type { Span, SpanContext } from '@opentelemetry/api';
import { Bindings } from '../bindings.js';
import { type Packed, pack } from '../key-table.js';
import { cutText } from '../limits.js';
import type { LineBuffer } from '../line-buffer.js';
import { appendRest } from '../line-format.js';
import type { Fields, LogCall } from '../log-call.js';
import { putPacked, putString } from '../put-text.js';
import { copySafely, readProperty } from '../read-safely.js';

const PREFIX = /* @__PURE__ */ pack('', '{"msg":');

/** Makes the line of a record that comes without one. */
export function putLine(
  data: LineBuffer,
  message: string,
  trace: Packed | undefined,
  fields: Fields | undefined,
  bindings: Bindings,
): void {
  const at = putString(data, putPacked(data, data.end, PREFIX), message);
  try {
    appendRest(data, at, trace, fields, bindings);
  } catch {
    // A getter or a Proxy among the fields threw; the buffer still ends where it did.
    appendRest(data, at, trace, fields && copySafely(fields), bindings);
  }
}

/** The bound fields of a call that is not a logger's own. */
export function boundOf({ bound, source }: LogCall): Bindings {
  const bindings = new Bindings(source, [], {});
  for (const [key, text] of bound) bindings.texts.set(key, text);
  return bindings;
}

export function spanOf(spanContext: SpanContext | undefined): Span | undefined {
  return spanContext && ({ spanContext: () => spanContext } as Span);
}

/** What the error among the fields says, so that searches find it. */
export function errorText(fields: Fields): string {
  try {
    if (!('err' in fields)) return '';
  } catch {
    return '';
  }
  const error = readProperty(fields, 'err');
  const message = error !== null && typeof error === 'object' ? readProperty(error, 'message') : undefined;
  return typeof message === 'string' ? cutText(message) : '';
}
