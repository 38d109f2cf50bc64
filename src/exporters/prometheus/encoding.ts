/** A scrape as it goes over the wire. */
export interface Encoded {
  readonly body: Buffer;
  /** `vary`, and `content-encoding` where the body is compressed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes below which compressing is not worth its while. */
const WORTH_IT = 1024;

/** The bytes of a text, compressed by gzip if the client takes that. It happens beside the event loop. */
export async function encode(text: string, acceptEncoding: unknown): Promise<Encoded> {
  const vary = 'accept-encoding';
  const body = Buffer.from(text);
  if (body.length < WORTH_IT || !acceptsGzip(String(acceptEncoding ?? '')))
    return { body, headers: { vary } };
  return { body: await compress(body), headers: { vary, 'content-encoding': 'gzip' } };
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

async function compress(body: Buffer): Promise<Buffer> {
  // Loaded at the first use: many a scraper never asks for it.
  const { gzip } = await import('node:zlib');
  return new Promise((resolve, reject) => {
    // Prometheus is near, and the same names come over and over: the quickest level takes nine tenths away.
    gzip(body, { level: 1 }, (error, packed) => (error === null ? resolve(packed) : reject(error)));
  });
}
