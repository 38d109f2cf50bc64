import type { IncomingMessage, ServerResponse } from 'node:http';

/** Sends a whole answer, unless the client has gone or the answer has begun already. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = { 'content-type': 'text/plain; charset=utf-8' },
): void {
  if (response.headersSent || response.destroyed) return;
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
