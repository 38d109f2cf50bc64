import { Labels, METRIC_NAME } from '../labels.js';
import { parseNumber } from '../numbers.js';
import type { MetricMetadata } from '../store/metadata.js';
import { normalizeBound } from './bounds.js';

/** A line of an exposition. */
export interface ExposedSample {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since the epoch, where the line names a time. */
  readonly time: number | undefined;
  readonly exemplar?: ExposedExemplar | undefined;
}

/** What OpenMetrics puts behind the hash of a line. */
export interface ExposedExemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since the epoch, where it names a time. */
  readonly time: number | undefined;
}

export interface Exposition {
  readonly samples: readonly ExposedSample[];
  /** Lines that could not be read, with their numbers from 1. */
  readonly errors: readonly { readonly line: number; readonly reason: string }[];
  /** What the comments say of the metrics, by name. */
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
}

const COMMENT = /^#\s+(HELP|TYPE|UNIT)\s+(?:"((?:[^"\\]|\\.)*)"|(\S+))(?:\s+(.*))?$/;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*")\s*(?:=\s*"((?:[^"\\]|\\.)*)")?\s*(,?)\s*/;

/**
 * Reads what a target exposes: the text format 0.0.4 of Prometheus, or OpenMetrics 1.0. Lines that cannot be
 * read are told of and passed over; the others count.
 *
 * Specs: https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function parseExposition(text: string): Exposition {
  const parser = new ExpositionParser(isOpenMetrics(text));
  parser.feed(text);
  return parser;
}

/** OpenMetrics ends with a mark of its own; the older format never does. */
export function isOpenMetrics(text: string): boolean {
  return /^# EOF\s*$/m.test(text.slice(-16));
}

/** Reads an exposition piece by piece. */
export class ExpositionParser implements Exposition {
  samples: ExposedSample[] = [];
  readonly errors: { line: number; reason: string }[] = [];
  readonly metadata = new Map<string, MetricMetadata>();
  readonly #openMetrics: boolean;
  #line = 0;

  constructor(openMetrics: boolean) {
    this.#openMetrics = openMetrics;
  }

  /** Reads some lines; all but the last piece end with a line break. */
  feed(text: string): void {
    const lines = text.split('\n');
    if (text.endsWith('\n')) lines.pop();
    for (const raw of lines) {
      const line = raw.trim();
      this.#line++;
      if (line.startsWith('#')) this.#comment(line);
      else if (line !== '') this.#sample(line);
    }
  }

  #sample(line: string): void {
    try {
      this.samples.push(parseLine(line, this.#openMetrics));
    } catch (error) {
      this.errors.push({ line: this.#line, reason: (error as Error).message });
    }
  }

  #comment(line: string): void {
    const [, keyword, quoted, plain, text = ''] = COMMENT.exec(line) ?? [];
    const name = quoted === undefined ? plain : unescaped(quoted);
    if (name === undefined) return;
    const known = this.metadata.get(name) ?? { type: 'unknown', help: '', unit: '' };
    if (keyword === 'HELP') this.metadata.set(name, { ...known, help: unescaped(text) });
    else if (keyword === 'UNIT') this.metadata.set(name, { ...known, unit: text });
    else this.metadata.set(name, { ...known, type: text === 'untyped' ? 'unknown' : text });
  }
}

function parseLine(line: string, openMetrics: boolean): ExposedSample {
  const name = NAME.exec(line)?.[0] ?? '';
  const entries: [string, string][] = name === '' ? [] : [[METRIC_NAME, name]];
  let rest = line.slice(name.length).trimStart();
  if (rest.startsWith('{')) rest = readLabels(rest.slice(1).trimStart(), entries);
  if (!entries.some(([label]) => label === METRIC_NAME)) throw new Error('there is no name');
  const hash = rest.indexOf(' # ');
  const exemplar = hash === -1 ? undefined : parseExemplar(rest.slice(hash + 3).trim());
  const [valueText, timeText, ...surplus] = (hash === -1 ? rest : rest.slice(0, hash)).trim().split(/\s+/);
  if (surplus.length > 0) throw new Error(`cannot read ${JSON.stringify(surplus[0])}`);
  const value = parseNumber(valueText ?? '');
  if (value === undefined) throw new Error(`the value is ${JSON.stringify(valueText ?? '')}, not a number`);
  const time = timeText === undefined ? undefined : parseNumber(timeText);
  if (timeText !== undefined && !Number.isFinite(time)) {
    throw new Error(`the time is ${JSON.stringify(timeText)}, not a number`);
  }
  // Milliseconds in the older format, seconds in the newer.
  const ms = time === undefined ? undefined : Math.round(openMetrics ? time * 1000 : time);
  return { labels: Labels.fromEntries(entries), value, time: ms, exemplar };
}

/** An exemplar that cannot be read is passed over: the sample beside it is worth more. Its time is in seconds. */
function parseExemplar(text: string): ExposedExemplar | undefined {
  if (!text.startsWith('{')) return undefined;
  const entries: [string, string][] = [];
  try {
    const rest = readLabels(text.slice(1).trimStart(), entries).trim().split(/\s+/);
    const value = parseNumber(rest[0] ?? '');
    const time = rest[1] === undefined ? undefined : parseNumber(rest[1]);
    if (value === undefined || rest.length > 2 || (rest.length === 2 && !Number.isFinite(time)))
      return undefined;
    const ms = time === undefined ? undefined : Math.round(time * 1000);
    return { labels: Labels.fromEntries(entries), value, time: ms };
  } catch {
    return undefined;
  }
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
