import { readFile } from 'node:fs/promises';
import { messageOf } from '../common/diagnostics.js';
import { embeddedSource } from '../query/embedded-source.js';
import { prometheusSource } from '../query/http/prometheus-source.js';
import { parseExposition } from '../query/ingest/exposition.js';
import type { MetricSource } from '../query/source.js';
import { TimeSeriesStore } from '../query/store/store.js';
import type { Terminal } from './command.js';

/** Where a command gets its series from. */
export type Place =
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  /** A file of exposition text; `-` for standard input. */
  | { readonly file: string };

export interface OpenSource {
  readonly source: MetricSource;
  /** The moment to ask about where the user names none. */
  readonly now: number;
}

/** Complaints about lines of a file that are printed; the others are counted. */
const COMPLAINTS = 5;

/** A Prometheus to ask, or the series of a file in a store. */
export async function openSource(place: Place, terminal: Terminal): Promise<OpenSource> {
  const now = terminal.clock.now();
  if ('url' in place) {
    const { url, headers } = place;
    // Who waits in front of a terminal tries again faster than a program could know when.
    return { source: prometheusSource({ url, headers: { ...headers }, retry: false }), now };
  }
  const text = await contentOf(place.file, terminal);
  const { samples, errors } = parseExposition(text);
  for (const { line, reason } of errors.slice(0, COMPLAINTS)) {
    terminal.err(`${place.file}:${line}: ${reason}; the line is passed over\n`);
  }
  if (errors.length > COMPLAINTS) {
    terminal.err(`${place.file}: ${errors.length - COMPLAINTS} more lines cannot be read\n`);
  }
  if (samples.length === 0) {
    throw new Error(
      `${place.file} holds no samples; wanted is exposition text (Prometheus 0.0.4 or OpenMetrics)`,
    );
  }
  // Without a time of its own a sample is from now. A dump of the past is asked about its own end.
  const timed = samples.map(({ labels, value, time = now }) => ({ labels, value, time }));
  timed.sort((a, b) => a.time - b.time);
  const store = new TimeSeriesStore({
    retention: Number.POSITIVE_INFINITY,
    maxBytes: 2 ** 31,
    maxSeries: 10_000_000,
    clock: terminal.clock,
  });
  for (const { labels, value, time } of timed) store.append(labels, value, time);
  return { source: embeddedSource(store, { experimental: true }), now: timed.at(-1)!.time };
}

/** The text of a file, or of standard input for `-`. */
export async function contentOf(file: string, terminal: Terminal): Promise<string> {
  try {
    return file === '-' ? await terminal.readInput() : await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'access is denied' }[
      code ?? ''
    ];
    throw new Error(`${file} cannot be read: ${reason ?? messageOf(error)}`, { cause: error });
  }
}
