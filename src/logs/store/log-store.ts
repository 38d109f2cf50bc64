import type { Span } from '@opentelemetry/api';
import { Diagnostics, type Reporter } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { AN_OBJECT, checkInteger, checkOneOf, checkOptions, checkRule } from '../../common/options.js';
import { Bindings } from '../bindings.js';
import type { Draft } from '../draft.js';
import { LEVELS, type LevelThreshold } from '../level.js';
import { cutText } from '../limits.js';
import { traceIds } from '../line-head.js';
import type { Fields, LogCall } from '../log-call.js';
import { countLost } from '../lost-lines.js';
import type { ReadableLogRecord } from '../readable-log-record.js';
import type { RecordSink, SinkHost } from '../sinks/sink.js';
import { stringify } from '../stringify.js';
import type { Condition } from './condition.js';
import { conditionsOf } from './conditions.js';
import { linesOf, parseLine } from './import-lines.js';
import { LevelNames } from './level-names.js';
import { filledCounts, type LogCounts, type LogCountsQuery } from './log-counts.js';
import { LogEntry } from './log-entry.js';
import type { LogQuery, LogSearch } from './log-query.js';
import { LogTail } from './log-tail.js';
import { boundOf, errorText, putLine, spanOf } from './record-input.js';
import { meetsAll, newestFirst, oldestFirst } from './scan.js';
import type { Segment } from './segment.js';
import { SegmentRing } from './segment-ring.js';

export interface LogStoreOptions {
  /** Records kept at most; the oldest go first. Default 100,000. */
  maxEntries?: number;
  /** Bytes of memory taken at most, by columns and buffers too. Default 64 MiB, at least 1 MiB. */
  maxBytes?: number;
  /** Records of a logger below this level do not come here. Default: all that the logger lets through. */
  level?: LevelThreshold;
  /** Told of records that could not be read. Default: the logger's. */
  diagnostics?: Diagnostics;
}

export interface LogTailOptions extends LogQuery {
  /** Records that wait at most when nobody takes them; the oldest go first. Default 1000. */
  maxWaiting?: number;
  /** Ends the tail. */
  signal?: AbortSignal;
}

export interface LogImport {
  readonly imported: number;
  /** Lines that were no log lines. */
  readonly rejected: number;
}

/** Lines that are imported between two turns of the event loop. */
const IMPORT_TURN = 500;

const NO_SOURCE = { resource: undefined, instrumentationScope: { name: '' } };

/**
 * The last log records of a process, in memory, to be searched. It is a sink, and bounded by records and by bytes.
 *
 * ```ts
 * const store = new LogStore();
 * const logger = new Logger({ sinks: [stdoutSink(), store] });
 * store.search({ text: 'timeout', level: 'warn', from: Date.now() - 60_000, limit: 20 });
 * for await (const entry of store.tail({ level: 'error' })) console.error(entry.message);
 * ```
 *
 * Searches are done at once, in some milliseconds for 100,000 records.
 */
export class LogStore implements RecordSink {
  readonly level: LevelThreshold | undefined;
  readonly #ring: SegmentRing;
  readonly #names = new LevelNames();
  readonly #traceBytes = traceIds();
  readonly #nothing = new Bindings(NO_SOURCE, [], {});
  readonly #tails = new Map<LogTail, readonly Condition[]>();
  #diagnostics: Reporter | undefined;
  /** A record is being put in: one that a getter of it logs cannot be. */
  #isBusy = false;

  /** Throws a `TelltaleError` for a wrong option. */
  constructor(options?: LogStoreOptions) {
    const owner = 'LogStore';
    const given = checkOptions(owner, options, ['maxEntries', 'maxBytes', 'level', 'diagnostics']);
    const maxEntries = checkInteger(owner, 'maxEntries', given.maxEntries, 100_000, { min: 1 });
    const maxBytes = checkInteger(owner, 'maxBytes', given.maxBytes, 67_108_864, { min: 1_048_576 });
    this.#ring = new SegmentRing(maxEntries, maxBytes);
    this.level = given.level;
    this.#diagnostics = given.diagnostics;
  }

  /** Records in the store. */
  get size(): number {
    return this.#ring.size;
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    return this.#ring.bytes;
  }

  /** Records that had to go, since the beginning. */
  get evicted(): number {
    return this.#ring.evicted;
  }

  attach(host: SinkHost): void {
    this.#diagnostics ??= host.diagnostics;
  }

  /** Takes a call of a logger. Never throws. */
  accept(call: LogCall): void {
    const level = this.#names.idOf(call.level, call.value);
    const { span = spanOf(call.spanContext), bindings } = call as Partial<Draft> & LogCall;
    const fields = call.fields as Fields | undefined;
    this.#insert(call.now, level, call.message, span, fields, bindings ?? boundOf(call), call.line);
  }

  /** Takes a record of OpenTelemetry's, from wherever it comes. Never throws. */
  add(record: ReadableLogRecord): void {
    try {
      this.#add(record);
    } catch {
      this.#lost('unreadable');
    }
  }

  #add(record: ReadableLogRecord): void {
    const [seconds, nanoseconds] = record.hrTime[0] > 0 ? record.hrTime : record.hrTimeObserved;
    const { severityText = '', severityNumber = 9, body = '' } = record;
    const name = severityText.toLowerCase();
    // SeverityNumber counts four to a level: 1 is trace, 5 debug, 24 fatal4.
    const value = (Math.floor((Math.max(1, Math.min(24, severityNumber)) - 1) / 4) + 1) * 10;
    const level = name in LEVELS ? name : Object.keys(LEVELS)[value / 10 - 1]!;
    this.#insert(
      seconds * 1000 + nanoseconds / 1e6,
      this.#names.idOf(level, LEVELS[level as keyof typeof LEVELS]),
      typeof body === 'string' ? body : stringify(body),
      spanOf(record.spanContext),
      record.attributes,
    );
  }

  /** Records that meet all conditions. Throws a `TelltaleError` for a query that cannot be meant. */
  search(query: LogSearch = {}): LogEntry[] {
    const owner = 'LogStore.search';
    const conditions = conditionsOf(owner, query, this.#names, ['limit', 'order']);
    const limit = checkInteger(owner, 'limit', query.limit, 100, { min: 0 });
    const order = checkOneOf(owner, 'order', query.order, 'newest', ['newest', 'oldest']);
    const entries: LogEntry[] = [];
    const go = order === 'newest' ? newestFirst : oldestFirst;
    go(this.#ring.segments, conditions, limit, (segment, i) => entries.push(this.#entry(segment, i)));
    return entries;
  }

  /** How many records meet all conditions. */
  count(query?: LogQuery): number {
    let count = 0;
    const conditions = conditionsOf('LogStore.count', query, this.#names);
    oldestFirst(this.#ring.segments, conditions, Infinity, () => count++);
    return count;
  }

  /**
   * How many there are in each interval, by level: from the first to the last interval that has any, those between
   * included, `time` a multiple of `interval`.
   */
  counts(query: LogCountsQuery): LogCounts[] {
    const owner = 'LogStore.counts';
    checkRule(owner, 'query', query, AN_OBJECT);
    const conditions = conditionsOf(owner, query, this.#names, ['interval']);
    const interval = checkInteger(owner, 'interval', query.interval, 0, { min: 1 });
    if (interval === 0 || interval === Infinity) {
      throw invalidOption(owner, 'interval', query.interval, 'milliseconds');
    }
    const found = new Map<number, Record<string, number>>();
    oldestFirst(this.#ring.segments, conditions, Infinity, (segment, i) => {
      const slot = Math.floor(segment.times[i]! / interval);
      const levels = found.get(slot) ?? {};
      found.set(slot, levels);
      const { name } = this.#names.get(segment.levels[i]!);
      levels[name] = (levels[name] ?? 0) + 1;
    });
    return filledCounts(found, interval, owner);
  }

  /** Records as they arrive from now on. Those that nobody takes in time are left out and counted. */
  tail(options: LogTailOptions = {}): LogTail {
    const owner = 'LogStore.tail';
    const conditions = conditionsOf(owner, options, this.#names, ['maxWaiting', 'signal']);
    const maxWaiting = checkInteger(owner, 'maxWaiting', options.maxWaiting, 1000, { min: 1 });
    const { signal } = options;
    const end = (): void => tail.end();
    const tail = new LogTail(maxWaiting, () => {
      this.#tails.delete(tail);
      signal?.removeEventListener('abort', end);
    });
    this.#tails.set(tail, conditions);
    if (signal?.aborted) tail.end();
    else signal?.addEventListener('abort', end);
    return tail;
  }

  /** Lines of JSON, newline included, the oldest first: as a logger writes them, and as `import` takes them. */
  *export(query?: LogQuery): Generator<string, void> {
    const conditions = conditionsOf('LogStore.export', query, this.#names);
    // A segment at a time, for records may come and go while the caller is busy with a line.
    for (const segment of [...this.#ring.segments]) {
      if (!this.#ring.segments.includes(segment)) continue;
      const lines: string[] = [];
      oldestFirst([segment], conditions, Infinity, (_, i) =>
        lines.push(`${this.#entry(segment, i).toLine()}\n`),
      );
      yield* lines;
    }
  }

  /**
   * Takes lines of JSON that telltale or pino wrote: a text, or pieces of one, such as
   * `createReadStream('app.log')`. Lets the event loop have its turn in between.
   */
  async import(
    source: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  ): Promise<LogImport> {
    let imported = 0;
    let rejected = 0;
    for await (const text of linesOf(source)) {
      if (text.trim() === '') continue;
      const line = parseLine(text);
      if (line === undefined) rejected++;
      else {
        const { time, level, value, message, traceId, spanId, traceFlags, fields } = line;
        const span = traceId === undefined ? undefined : spanOf({ traceId, spanId: spanId!, traceFlags });
        const known = this.#names.valueOf(level) ?? value;
        this.#insert(time, this.#names.idOf(level, known), message, span, fields);
        imported++;
      }
      if ((imported + rejected) % IMPORT_TURN === 0) await new Promise(setImmediate);
    }
    return { imported, rejected };
  }

  clear(): void {
    this.#ring.clear();
  }

  /** Ends all tails. What is in the store stays, and can still be searched. */
  async shutdown(): Promise<void> {
    for (const tail of [...this.#tails.keys()]) tail.end();
  }

  #insert(
    time: number,
    level: number,
    message: string,
    span: Span | undefined,
    fields: Fields | undefined,
    bindings: Bindings = this.#nothing,
    line?: Buffer,
  ): void {
    if (this.#isBusy) {
      this.#lost('logged_by_sink');
      return;
    }
    this.#isBusy = true;
    try {
      const segment = this.#ring.open();
      const { data } = segment;
      const trace = span && this.#traceBytes(span);
      if (line !== undefined) {
        // The logger has made the line already, for whatever sink: to copy it takes 80 ns, to make it anew 450.
        data.room(data.end, line.length);
        data.bytes.set(line, data.end);
        data.end += line.length;
      } else putLine(data, message, trace, fields, bindings);
      segment.added(
        time,
        level,
        cutText(message),
        fields === undefined ? '' : errorText(fields),
        trace?.bytes,
      );
      this.#ring.added();
      if (this.#tails.size > 0) this.#tell(segment, segment.count - 1);
    } finally {
      this.#isBusy = false;
    }
  }

  #tell(segment: Segment, i: number): void {
    let entry: LogEntry | undefined;
    for (const [tail, conditions] of this.#tails) {
      if (i < segment.first || !meetsAll(segment, conditions, i)) continue;
      entry ??= this.#entry(segment, i);
      tail.push(entry);
    }
  }

  #entry(segment: Segment, i: number): LogEntry {
    const { name } = this.#names.get(segment.levels[i]!);
    segment.isLent = true;
    return new LogEntry(segment.times[i]!, name, segment.traces[i] !== 0, segment, i);
  }

  #lost(reason: string): void {
    this.#diagnostics ??= new Diagnostics();
    countLost(this.#diagnostics, 'log store', reason, 1);
  }
}
