import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where the bytes of one exchange are counted, and the methods that counting stands in front of. */
export interface BodySizes {
  /** Body bytes that came in. */
  received: number;
  /** Body bytes that were given to the response. */
  sent: number;
  write: ServerResponse['write'];
  end: ServerResponse['end'];
}

/** The property that leads from a request or a response to its counts. */
const SIZES = /* @__PURE__ */ Symbol('telltale.sizes');

interface Counted {
  [SIZES]: BodySizes;
}

/**
 * Counts the body bytes of a response as they are handed to it, after any compression that was put in front
 * later. Only `write` and `end` of this one response are replaced, by functions that all responses share.
 */
export function countResponse(response: ServerResponse, sizes: BodySizes): void {
  (response as unknown as Counted)[SIZES] = sizes;
  sizes.write = response.write;
  sizes.end = response.end;
  response.write = countedWrite as ServerResponse['write'];
  response.end = countedEnd as ServerResponse['end'];
}

/**
 * Counts the body bytes of a request as they reach its buffer. Nothing is read: a stream that is paused stays
 * paused, and no chunk is copied.
 */
export function countRequest(request: IncomingMessage, sizes: BodySizes): void {
  const { headers } = request;
  // HTTP/1 has a body only where it says so; HTTP/2 need not.
  if (
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    request.httpVersionMajor < 2
  ) {
    return;
  }
  const { push } = request;
  request.push = function countedPush(this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding) {
    sizes.received += lengthOf(chunk, encoding);
    return push.call(this, chunk, encoding);
  };
}

/** The size of a request's body: as declared where all of it came, else as counted. */
export function requestSize(request: IncomingMessage, sizes: BodySizes): number {
  const declared = request.headers['content-length'];
  // Of an aborted request HTTP/2 says that it is complete.
  if (declared === undefined || request.complete === false || request.aborted) return sizes.received;
  const length = Number(declared);
  return Number.isFinite(length) ? length : 0;
}

/** The size of a response's body: none for HEAD, 204 and 304, whatever the handler wrote. */
export function responseSize(request: IncomingMessage, response: ServerResponse, sizes: BodySizes): number {
  const { statusCode } = response;
  const bodyless = request.method === 'HEAD' || statusCode === 204 || statusCode === 304 || statusCode < 200;
  return bodyless ? 0 : sizes.sent;
}

function countedWrite(this: ServerResponse & Counted, chunk: unknown, encoding: never, callback: never) {
  const sizes = this[SIZES];
  sizes.sent += lengthOf(chunk, encoding);
  return sizes.write.call(this, chunk, encoding, callback);
}

function countedEnd(this: ServerResponse & Counted, chunk: unknown, encoding: never, callback: never) {
  const sizes = this[SIZES];
  const sent = sizes.sent + lengthOf(chunk, encoding);
  const result = sizes.end.call(this, chunk, encoding, callback);
  // HTTP/2 responses write the last chunk through `write`, which has counted it then.
  sizes.sent = sent;
  return result;
}

function lengthOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
