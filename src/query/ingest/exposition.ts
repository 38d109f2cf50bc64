import { Labels, METRIC_NAME } from '../labels.js';
import { parseNumber } from '../numbers.js';
import type { Series } from '../store/series.js';
import type { TimeSeriesStore } from '../store/store.js';
import { normalizeBound } from './bounds.js';
import { ScrapeSession } from './session.js';

/** A line of an exposition. */
export interface ExposedSample {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since the epoch, where the line names a time. */
  readonly time: number | undefined;
}

export interface Exposition {
  readonly samples: readonly ExposedSample[];
  /** Lines that could not be read, with their numbers from 1. */
  readonly errors: readonly { readonly line: number; readonly reason: string }[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*")\s*(?:=\s*"((?:[^"\\]|\\.)*)")?\s*(,?)\s*/;

/**
 * Reads what a target exposes: the text format 0.0.4 of Prometheus, or OpenMetrics 1.0. Lines that cannot be
 * read are told of and passed over; the others count. Exemplars are passed over too.
 *
 * Specs: https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function parseExposition(text: string): Exposition {
  const samples: ExposedSample[] = [];
  const errors: { line: number; reason: string }[] = [];
  const openMetrics = /^# EOF\s*$/m.test(text.slice(-16));
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    try {
      samples.push(parseLine(line, openMetrics));
    } catch (error) {
      errors.push({ line: index + 1, reason: (error as Error).message });
    }
  }
  return { samples, errors };
}

function parseLine(line: string, openMetrics: boolean): ExposedSample {
  const name = NAME.exec(line)?.[0] ?? '';
  const entries: [string, string][] = name === '' ? [] : [[METRIC_NAME, name]];
  let rest = line.slice(name.length).trimStart();
  if (rest.startsWith('{')) rest = readLabels(rest.slice(1).trimStart(), entries);
  if (!entries.some(([label]) => label === METRIC_NAME)) throw new Error('there is no name');
  // OpenMetrics puts an exemplar behind a hash.
  const [valueText, timeText, ...surplus] = rest.split(' # ', 1)[0]!.trim().split(/\s+/);
  if (surplus.length > 0) throw new Error(`cannot read ${JSON.stringify(surplus[0])}`);
  const value = parseNumber(valueText ?? '');
  if (value === undefined) throw new Error(`the value is ${JSON.stringify(valueText ?? '')}, not a number`);
  const time = timeText === undefined ? undefined : parseNumber(timeText);
  if (timeText !== undefined && !Number.isFinite(time)) {
    throw new Error(`the time is ${JSON.stringify(timeText)}, not a number`);
  }
  // Milliseconds in the older format, seconds in the newer.
  const ms = time === undefined ? undefined : Math.round(openMetrics ? time * 1000 : time);
  return { labels: Labels.fromEntries(entries), value, time: ms };
}

/** Reads labels up to the closing brace; gives what follows it. */
export function readLabels(text: string, entries: [string, string][]): string {
  let rest = text;
  while (!rest.startsWith('}')) {
    const [whole, key, value, comma] = LABEL.exec(rest) ?? [];
    const after = whole === undefined ? '' : rest.slice(whole.length);
    if (whole === undefined || (comma === '' && !after.startsWith('}'))) {
      throw new Error(`cannot read a label in ${JSON.stringify(rest.slice(0, 40))}`);
    }
    const name = key!.startsWith('"') ? unescaped(key!.slice(1, -1)) : key!;
    if (value === undefined && !key!.startsWith('"')) throw new Error(`the label ${name} has no value`);
    const label = value === undefined ? METRIC_NAME : name;
    const given = value === undefined ? name : unescaped(value);
    if (entries.some(([other]) => other === label)) throw new Error(`the label ${label} comes twice`);
    entries.push([label, label === 'le' || label === 'quantile' ? normalizeBound(given) : given]);
    rest = after;
  }
  return rest.slice(1);
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_whole, letter: string) => (letter === 'n' ? '\n' : letter));
}

export interface ExpositionIngestOptions {
  /** Labels put on every series, such as `job` and `instance`; a label of the same name in the text wins. */
  labels?: Readonly<Record<string, string>>;
}

/** Takes in one target's expositions, one after another; series that the next one lacks are marked as ended. */
export class ExpositionIngest {
  readonly #store: TimeSeriesStore;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #session = new ScrapeSession();

  constructor(store: TimeSeriesStore, options: ExpositionIngestOptions = {}) {
    this.#store = store;
    this.#labels = options.labels ?? {};
  }

  /** Appends what a text exposes at that time, in milliseconds; a line's own time wins. Gives the lines' errors. */
  ingest(text: string, time: number): Exposition['errors'] {
    const { samples, errors } = parseExposition(text);
    for (const sample of samples) {
      const series = this.#seriesOf(sample.labels);
      if (series !== undefined) this.#session.append(series, sample.time ?? time, sample.value);
    }
    this.#session.end(time);
    return errors;
  }

  /** The target cannot be reached, or is gone: all its series have ended. */
  lost(time: number): void {
    this.#session.close(time);
  }

  #seriesOf(labels: Labels): Series | undefined {
    return this.#store.series({ ...this.#labels, ...labels.toObject() });
  }
}
