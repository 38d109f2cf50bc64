import { painter } from '../common/terminal-text.js';
import { QueryError } from '../query/errors.js';
import { encodeResult } from '../query/http/encode.js';
import { parsePromql } from '../query/promql/parser.js';
import type { QueryResult } from '../query/result.js';
import { type Command, EXIT_FAILED, EXIT_OK, type Terminal } from './command.js';
import { openSource } from './open-source.js';
import { queryArguments } from './query-arguments.js';
import { explainFailure } from './render/failure.js';
import { renderResult } from './render/result.js';

const HELP = `Asks a Prometheus, or the metrics in a file, and prints the answer.

Usage: telltale query EXPRESSION --url URL   [OPTIONS]
       telltale query EXPRESSION --file FILE [OPTIONS]

Where
  --url URL            a Prometheus, or whatever speaks its HTTP API: http://localhost:9090
  --header 'Name: x'   sent with the request; may be given again
  --file FILE          exposition text (Prometheus 0.0.4 or OpenMetrics); - reads standard input

When
  --time TIME          one moment; by default now, or the newest sample of the file
  --start TIME         a range: from here, by default an hour before the end
  --end TIME           … to here, by default now
  --step DURATION      … one point each; by default what makes a good chart
  TIME is now, -15m, seconds since 1970, or a date: 2026-11-21T21:45:00Z

How
  --json               prints the answer as Prometheus's HTTP API would
  --timeout DURATION   gives up after this; default 30s

Exit code: 0 answered, 1 the query failed, 2 the arguments make no sense.

Examples
  telltale query 'sum by (route) (rate(http_requests_total[5m]))' --url http://localhost:9090
  telltale query 'process_resident_memory_bytes' --url http://localhost:9090 --start -6h
  curl -s localhost:9464/metrics | telltale query 'topk(5, http_requests_total)' --file -
`;

/** `telltale query`. */
export const queryCommand: Command = {
  name: 'query',
  summary: 'asks a Prometheus, or the metrics in a file, and prints the answer',
  help: HELP,
  async run(args, terminal) {
    const asked = queryArguments(args, terminal.clock.now());
    const { expression, range, timeout } = asked;
    const { signal } = terminal;
    try {
      const { source, now } = await openSource(asked.place, terminal);
      const { time = now } = asked;
      const result =
        range === undefined
          ? await source.query(expression, { time, timeout, signal })
          : await source.queryRange(expression, { ...range, timeout, signal });
      if (asked.json) terminal.out(json(result));
      else print(isOrdered(expression) ? result : inOrder(result), { time, range }, terminal);
      return EXIT_OK;
    } catch (error) {
      if (asked.json && error instanceof QueryError) {
        const answer = { status: 'error', errorType: error.type, error: error.message };
        terminal.out(`${JSON.stringify(answer)}\n`);
      } else terminal.err(explainFailure(error, expression, terminal));
      return EXIT_FAILED;
    }
  },
};

function print(
  result: QueryResult,
  when: { time: number; range: { start: number; end: number; step: number } | undefined },
  terminal: Terminal,
): void {
  const paint = painter(terminal.colors);
  for (const text of result.warnings) terminal.err(`${paint('yellow', 'warning')}: ${text}\n`);
  for (const text of result.infos) terminal.err(`${paint('dim', 'info')}: ${text}\n`);
  terminal.out(renderResult(result, when, { columns: terminal.columns, paint }));
}

/** Whether the order of the answer is part of it, or cannot be told to be none. */
function isOrdered(expression: string): boolean {
  try {
    let expr = parsePromql(expression, { experimental: true });
    while (expr.type === 'paren') expr = expr.expr;
    if (expr.type === 'aggregate') return expr.op === 'topk' || expr.op === 'bottomk';
    return expr.type === 'call' && expr.func.name.startsWith('sort');
  } catch {
    // Another dialect, which the server understands.
    return true;
  }
}

function inOrder(result: QueryResult): QueryResult {
  if (result.type !== 'vector') return result;
  return { ...result, samples: [...result.samples].sort((a, b) => a.labels.compare(b.labels)) };
}

function json({ warnings, infos, ...value }: QueryResult): string {
  const remarks = { ...(warnings.length > 0 ? { warnings } : {}), ...(infos.length > 0 ? { infos } : {}) };
  return `${JSON.stringify({ status: 'success', data: encodeResult(value), ...remarks })}\n`;
}
