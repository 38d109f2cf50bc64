import { messageOf } from '../../common/diagnostics.js';
import { columns, painter, plain } from '../../common/terminal-text.js';
import { PromqlParseError, QueryError } from '../../query/errors.js';
import type { Terminal } from '../command.js';

/** What went wrong, in words, and for an expression that cannot be read the place in it. */
export function explainFailure(error: unknown, expression: string, terminal: Terminal): string {
  const paint = painter(terminal.colors);
  const place = placeOf(error, expression);
  if (place === undefined) return `${paint('red', 'error')}: ${plain(reasonOf(error))}\n`;
  const { before, marked, after } = shown(place, expression, (terminal.columns ?? 100) - 4);
  const line = `  ${before}${paint('bold', marked)}${after}\n`;
  const mark = `  ${' '.repeat(columns(before))}${paint('red', '^'.repeat(Math.max(1, columns(marked))))}\n`;
  const where = expression.includes('\n') ? ` in line ${place.line}` : '';
  return `${paint('red', 'error')}${where}: ${plain(place.reason)}\n\n${line}${mark}`;
}

interface Place {
  readonly reason: string;
  /** From 1. */
  readonly line: number;
  /** In the line, from 0, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** Where the expression is wrong: said by our own parser, or in the message of a Prometheus. */
function placeOf(error: unknown, expression: string): Place | undefined {
  if (error instanceof PromqlParseError) {
    const { reason, line, column, position } = error;
    return { reason, line, start: column - 1, end: column - 1 + Math.max(1, position.end - position.start) };
  }
  if (!(error instanceof QueryError)) return undefined;
  const match = /(\d+):(\d+): parse error: ([\s\S]*)$/.exec(error.message);
  const line = Number(match?.[1]);
  const text = expression.split('\n')[line - 1];
  if (match === null || text === undefined) return undefined;
  // Go counts bytes.
  const start = Buffer.from(text)
    .subarray(0, Number(match[2]) - 1)
    .toString().length;
  return { reason: match[3]!, line, start, end: start + 1 };
}

/** The line with the place in it, cut to the width on either side where it is too long. */
function shown(
  { line, start, end }: Place,
  expression: string,
  width: number,
): { before: string; marked: string; after: string } {
  const text = expression.split('\n')[line - 1] ?? '';
  const from = text.length > width && start > width / 2 ? start - Math.floor(width / 2) : 0;
  const to = text.length - from > width ? from + width : text.length;
  return {
    before: (from > 0 ? '…' : '') + plain(text.slice(from, start)),
    marked: plain(text.slice(start, Math.min(end, to))),
    after: plain(text.slice(Math.min(end, to), to)) + (to < text.length ? '…' : ''),
  };
}

/** What the codes of failed connections mean. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up right now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'the host does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself (NODE_EXTRA_CA_CERTS names one to trust)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS names one to trust)',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof QueryError)) return message;
  if (error.type === 'not_found') return `${message}; --url has to lead to a Prometheus`;
  if (error.type !== 'unavailable') return message;
  const known = NETWORK[codeOf(error) ?? ''];
  const place = /^(\S+) cannot be reached/.exec(message);
  return known === undefined || place === null ? message : `${place[0]}: ${known}`;
}

/** The code of the failure at the bottom; of several addresses tried, that of the first. */
function codeOf(error: unknown): string | undefined {
  let found: string | undefined;
  let next = error as { code?: unknown; cause?: unknown; errors?: unknown[] } | undefined;
  for (let depth = 0; depth < 5 && typeof next === 'object' && next !== null; depth++) {
    if (typeof next.code === 'string') found = next.code;
    next = (next.cause ?? next.errors?.[0]) as typeof next;
  }
  return found;
}
