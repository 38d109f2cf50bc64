import { withoutTelemetry } from '../../common/suppression.js';

/** What a scrape asks for: OpenMetrics first, for its exemplars, then the older text, then whatever there is. */
const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
/** What a target may answer with. */
const TEXT_TYPES: readonly string[] = ['text/plain', 'application/openmetrics-text', ''];

export interface TargetRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of a body at most, counted after decompression. */
  readonly maxBytes: number;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** Reads what a target exposes. Throws an `Error` that says in one sentence why that failed. */
export async function readTarget({ url, headers, maxBytes, fetch, signal }: TargetRequest): Promise<string> {
  const response = await withoutTelemetry(() =>
    fetch(url, {
      headers: { accept: ACCEPT, ...headers },
      signal,
      // A redirect may lead anywhere, with the headers' secrets.
      redirect: 'error',
    }),
  );
  const type = mediaType(response);
  const reason = refusal(response, type);
  if (reason !== undefined) {
    await response.body?.cancel().catch(() => {});
    throw new Error(reason);
  }
  const text = await readBody(response, maxBytes);
  if (type === 'application/openmetrics-text' && !/^# EOF\s*$/m.test(text.slice(-16))) {
    throw new Error('the answer is cut off: it is OpenMetrics without the closing # EOF');
  }
  return text;
}

function mediaType(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function refusal({ status }: Response, type: string): string | undefined {
  if (status !== 200) return `the target answered ${status}`;
  return TEXT_TYPES.includes(type) ? undefined : `the target answered with ${type}, not with metrics`;
}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop closes the connection: the rest is never sent.
    if (length > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
