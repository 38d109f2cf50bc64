import { type Clock, systemClock } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { checkFunction, checkInteger, checkMethods, checkOptions } from '../../common/options.js';
import { METRIC_NAME } from '../labels.js';
import type { TimeSeriesStore } from '../store/store.js';
import { ExpositionIngest } from './exposition-ingest.js';
import { readTarget } from './http-target.js';
import { ScrapeLoop } from './scrape-loop.js';

export interface HttpScraperOptions {
  /** Where the target exposes its metrics: `http://127.0.0.1:9464/metrics`. */
  url: string | URL;
  /** Where the samples go. */
  store: TimeSeriesStore;
  /** Milliseconds between two scrapes. Default 15,000. */
  interval?: number;
  /** Milliseconds that one scrape may take. Default 10,000, or the interval where that is shorter. */
  timeout?: number;
  /** Labels put on every series; a label of the same name in the text wins. Default: `instance`, from the URL. */
  labels?: Readonly<Record<string, string>>;
  /** Sent with every scrape. */
  headers?: Readonly<Record<string, string>>;
  /** Bytes of an answer at most, counted after decompression. Default 16 MiB. */
  maxBytes?: number;
  /** Default the host's `fetch`. */
  fetch?: typeof fetch;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

export interface HttpScraper {
  /** Scrapes now; whoever asks during a scrape waits for that one. Never rejects. */
  scrape(): Promise<void>;
  /** Calls a running scrape off, stops, and marks all series as ended. */
  stop(): Promise<void>;
}

const OWNER = 'httpScraper';
const OPTIONS = [
  'url',
  'store',
  'interval',
  'timeout',
  'labels',
  'headers',
  'maxBytes',
  'fetch',
  'clock',
  'diagnostics',
] as const;

/**
 * Scrapes another process into a store every so often, as Prometheus does: text or OpenMetrics over HTTP. Beside the
 * target's own series there are `up` (1 or 0), `scrape_duration_seconds` and `scrape_samples_scraped`. Where a scrape
 * fails, all series of the target end at once. Its timer never keeps the process alive.
 *
 * @example
 * const scraper = httpScraper({ url: 'http://127.0.0.1:9464/metrics', store, labels: { job: 'worker' } });
 */
export function httpScraper(options: HttpScraperOptions): HttpScraper {
  const given = checkOptions(OWNER, options, OPTIONS);
  const url = checkUrl(given.url);
  const store = checkMethods(OWNER, 'store', given.store, ['series', 'prune']);
  const interval = checkInteger(OWNER, 'interval', given.interval, 15_000, { min: 1 });
  const timeout = checkInteger(OWNER, 'timeout', given.timeout, Math.min(10_000, interval), {
    min: 1,
    max: interval,
  });
  const maxBytes = checkInteger(OWNER, 'maxBytes', given.maxBytes, 16 * 2 ** 20, { min: 1 });
  const fetch = checkFunction(OWNER, 'fetch', given.fetch) ?? globalThis.fetch;
  const clock = given.clock ?? systemClock;
  const diagnostics = given.diagnostics ?? new Diagnostics({ clock });
  const labels = { instance: url.host, ...given.labels };
  const target = new ExpositionIngest(store, { labels });
  // Credentials belong into a header: `fetch` refuses them in a URL.
  const headers = { ...credentialsOf(url), ...given.headers };
  let abort = new AbortController();

  async function read(): Promise<void> {
    const time = clock.now();
    const started = clock.monotonic();
    let samples = 0;
    let up = 0;
    try {
      samples = await take(await fetchText(), time);
      up = 1;
    } catch (error) {
      if (loop.stopped) return;
      target.lost(time);
      diagnostics.report('scrape_failed', url.host, `${url.host} could not be scraped`, reasonOf(error));
    }
    report(time, { up, scrape_duration_seconds: (clock.monotonic() - started) / 1000, samples });
    store.prune(time);
  }

  async function fetchText(): Promise<string> {
    abort = new AbortController();
    const { signal } = abort;
    const deadline = clock.setTimeout(
      () => abort.abort(new Error(`there was no answer within ${timeout} ms`)),
      timeout,
    );
    try {
      return await readTarget({ url, headers, maxBytes, fetch, signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      deadline.cancel();
    }
  }

  async function take(text: string, time: number): Promise<number> {
    const { samples, errors } = await target.ingestInTurns(text, time);
    const [first] = errors;
    if (first === undefined) return samples;
    const reason = `line ${first.line}: ${first.reason}`;
    if (samples === 0) throw new Error(`nothing of the answer can be read; ${reason}`);
    const message = `${errors.length} lines of ${url.host} could not be read`;
    diagnostics.report('scrape_lines_unreadable', url.host, message, new Error(reason));
    return samples;
  }

  function report(
    time: number,
    {
      up,
      scrape_duration_seconds,
      samples,
    }: { up: number; scrape_duration_seconds: number; samples: number },
  ): void {
    own('up')?.append(time, up);
    own('scrape_duration_seconds')?.append(time, scrape_duration_seconds);
    own('scrape_samples_scraped')?.append(time, samples);
  }

  function own(name: string) {
    return store.series({ ...labels, [METRIC_NAME]: name });
  }

  const loop = new ScrapeLoop(clock, interval, read);
  return {
    scrape: async () => {
      if (!loop.stopped) await loop.scrape();
    },
    async stop() {
      if (!(await loop.stop(() => abort.abort(new Error('the scraper was stopped'))))) return;
      const time = clock.now();
      target.lost(time);
      for (const name of ['up', 'scrape_duration_seconds', 'scrape_samples_scraped']) {
        own(name)?.appendStale(time);
      }
    },
  };
}

function checkUrl(given: string | URL): URL {
  try {
    const url = new URL(given);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  } catch {
    // Told below, as every other URL that will not do.
  }
  throw invalidOption(OWNER, 'url', given, 'an http: or https: URL');
}

/** Takes name and password out of a URL and gives the header that carries them. */
function credentialsOf(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** `fetch` hides the reason of a failed connection in the cause. */
function reasonOf(error: unknown): unknown {
  return (error as { cause?: unknown } | undefined)?.cause ?? error;
}
