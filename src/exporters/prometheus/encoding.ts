import type { Readable } from 'node:stream';

/** A scrape as it goes over the wire. */
export interface Encoded<B = Buffer | Readable> {
  readonly body: B;
  /** `vary`, and `content-encoding` where the body is compressed. */
  readonly headers: Readonly<Record<string, string>> & { readonly vary: string };
}

/** Bytes below which compressing is not worth its while. */
const WORTH_IT = 1024;

/** Prometheus is near, and the same names come over and over: the quickest level takes nine tenths away. */
const QUICK = { level: 1 };

/** The bytes, compressed by gzip if the client takes that. It happens beside the event loop. */
export async function encode(body: Buffer, acceptEncoding: unknown): Promise<Encoded<Buffer>> {
  const vary = 'accept-encoding';
  if (body.length < WORTH_IT || !acceptsGzip(String(acceptEncoding ?? '')))
    return { body, headers: { vary } };
  // Loaded at the first use: many a scraper never asks for it.
  const { gzip } = await import('node:zlib');
  const packed = await new Promise<Buffer>((resolve, reject) => {
    gzip(body, QUICK, (error, packed) => (error === null ? resolve(packed) : reject(error)));
  });
  return { body: packed, headers: { vary, 'content-encoding': 'gzip' } };
}

/** The same for a body that comes in chunks: if there is but one it is sent whole, otherwise as a stream. */
export async function encodeChunks(
  chunks: AsyncGenerator<Buffer, void, void>,
  acceptEncoding: unknown,
): Promise<Encoded> {
  const first = await chunks.next();
  const second = await chunks.next();
  if (second.done) return encode(first.value ?? Buffer.alloc(0), acceptEncoding);
  const vary = 'accept-encoding';
  const { pipeline, Readable } = await import('node:stream');
  const plain = Readable.from(resumed([first.value!, second.value], chunks), { objectMode: false });
  if (!acceptsGzip(String(acceptEncoding ?? ''))) return { body: plain, headers: { vary } };
  const { createGzip } = await import('node:zlib');
  // An error of either ends both, and is the answer's to notice.
  const packed = pipeline(plain, createGzip(QUICK), () => {});
  return { body: packed, headers: { vary, 'content-encoding': 'gzip' } };
}

async function* resumed(
  begun: readonly Buffer[],
  rest: AsyncGenerator<Buffer, void, void>,
): AsyncGenerator<Buffer> {
  yield* begun;
  yield* rest;
}

/** Whether a client takes gzip, as RFC 9110, section 12.5.3, has it. */
export function acceptsGzip(acceptEncoding: string): boolean {
  let anything = false;
  for (const choice of acceptEncoding.toLowerCase().split(',')) {
    const [coding, ...parameters] = choice.split(';').map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const accepted = quality === undefined || Number(quality.slice(2)) > 0;
    if (coding === 'gzip' || coding === 'x-gzip') return accepted;
    if (coding === '*') anything = accepted;
  }
  return anything;
}
