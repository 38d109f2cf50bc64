import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Cursor } from './cursor.js';
import { TOUCH_INTERVAL } from './owners.js';
import { encodeRecord, readRecord, type SpoolRecord } from './record.js';
import type { SpooledRequest } from './spool.js';

/** A file of records. It is written to until it is full or until its first record is to be sent. */
interface Segment {
  readonly number: number;
  bytes: number;
}

/** A record that is next in line. */
export interface Head {
  readonly segment: number;
  readonly record: SpoolRecord;
  /** It, or a part of it, may have arrived already. */
  readonly doubtful: boolean;
}

const NAME = /^(\d{8,})\.seg$/;

/**
 * A folder of requests in order: segment files, each of some megabytes, and the cursor. Whoever uses it makes one
 * call at a time. What cannot be read is skipped, and told to `onDamage` in items.
 */
export class Segments {
  directory: string;
  readonly #onDamage: (items: number) => void;
  readonly #onTrouble: (error: unknown) => void;
  readonly #sync: boolean;
  readonly #segmentBytes: number;
  #cursor: Cursor;
  #segments: Segment[] = [];
  #next = 1;
  /** The last segment, while it is written to. */
  #tail: FileHandle | undefined;
  /** The bytes of the first segment, while it is being sent, and how far it has been. */
  #loaded: Buffer | undefined;
  #offset = 0;
  /** The former process was sending the record at `#offset` when it ended. */
  #interrupted = false;
  #touchedAt = -Infinity;
  /** The record that is on its way just now. */
  #sending: Head | undefined;

  constructor(
    directory: string,
    options: {
      segmentBytes: number;
      sync: boolean;
      onDamage(items: number): void;
      onTrouble(error: unknown): void;
    },
  ) {
    this.directory = directory;
    this.#cursor = new Cursor(join(directory, 'cursor'));
    this.#segmentBytes = options.segmentBytes;
    this.#sync = options.sync;
    this.#onDamage = options.onDamage;
    this.#onTrouble = options.onTrouble;
  }

  get empty(): boolean {
    return this.#segments.length === 0;
  }

  /** Bytes of all its segments, sent records of the first one included. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Finds what a former process left. */
  async load(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      const number = Number(NAME.exec(name)?.[1]);
      if (!(number > 0)) continue;
      const { size } = await stat(join(this.directory, name));
      this.#segments.push({ number, bytes: size });
    }
    this.#segments.sort((a, b) => a.number - b.number);
    this.#next = (this.#segments.at(-1)?.number ?? 0) + 1;
    const position = await this.#cursor.read();
    while (position !== undefined && this.#segments[0] && this.#segments[0].number < position.segment) {
      await this.#removeFirst(); // sent, and the process ended before it could remove it
    }
    if (position?.segment !== this.#segments[0]?.number) return;
    this.#offset = position?.offset ?? 0;
    this.#interrupted = position?.sending === true;
  }

  /** Writes a request behind all others. Where that fails, no part of it stays. */
  async append(request: SpooledRequest, time: number, doubtful: boolean): Promise<void> {
    const parts = encodeRecord(request, time, doubtful);
    if (this.#tail === undefined) await this.#begin();
    const tail = this.#tail!;
    const segment = this.#segments.at(-1)!;
    try {
      await tail.writev(parts, segment.bytes);
      if (this.#sync) await tail.datasync();
    } catch (error) {
      await this.#seal();
      await open(this.#path(segment), 'r+').then(
        (file) => file.truncate(segment.bytes).finally(() => file.close()),
        () => {},
      );
      if (segment.bytes === 0) await this.#drop(segment);
      throw error;
    }
    segment.bytes += parts[0].length + parts[1].length;
    await this.#touch();
    if (segment.bytes >= this.#segmentBytes) await this.#seal();
  }

  /** The oldest record that has not been sent. */
  async head(): Promise<Head | undefined> {
    for (;;) {
      const segment = this.#segments[0];
      if (segment === undefined) return undefined;
      if (this.#loaded === undefined) {
        if (this.#segments.length === 1) await this.#seal();
        // A file that cannot be read is as good as a damaged one.
        this.#loaded = await readFile(this.#path(segment)).catch(() => undefined);
        if (this.#loaded === undefined) this.#onDamage(1);
      }
      const found = this.#loaded && readRecord(this.#loaded, this.#offset);
      if (found === undefined) {
        await this.#removeFirst();
      } else if ('damaged' in found) {
        this.#onDamage(found.items);
        this.#offset = found.end;
        this.#interrupted = false;
      } else {
        const doubtful = found.doubtful || this.#interrupted;
        return { segment: segment.number, record: found, doubtful };
      }
    }
  }

  /** Notes that the head is on its way, so that a next process knows that it may have arrived. */
  async sending(head: Head): Promise<void> {
    this.#sending = head;
    await this.#mark(head.segment, head.record.start, true);
  }

  /** The head was not sent. `false` where it was dropped meanwhile. */
  async failed(head: Head, doubtful: boolean): Promise<boolean> {
    this.#sending = undefined;
    this.#loaded = undefined; // a pause may be long
    await this.#touch();
    if (this.#segments[0]?.number !== head.segment) return false;
    this.#interrupted ||= doubtful;
    await this.#mark(head.segment, head.record.start, head.doubtful || doubtful);
    return true;
  }

  /** The head has arrived, or is given up. */
  async done(head: Head): Promise<void> {
    this.#sending = undefined;
    if (this.#segments[0]?.number !== head.segment) return;
    this.#offset = head.record.end;
    this.#interrupted = false;
    await this.#mark(head.segment, this.#offset, false);
    if (this.#loaded !== undefined && this.#offset >= this.#loaded.length) await this.#removeFirst();
  }

  /** Drops the oldest segment, and gives the number of items in it that had not been sent. */
  async dropOldest(): Promise<number> {
    const segment = this.#segments[0]!;
    if (this.#segments.length === 1) await this.#seal();
    const bytes = this.#loaded ?? (await readFile(this.#path(segment)).catch(() => Buffer.alloc(1)));
    let items = 0;
    for (let at = this.#offset; ; ) {
      const found = readRecord(bytes, at);
      if (found === undefined) break;
      if ('damaged' in found) this.#onDamage(found.items);
      else if (this.#sending?.segment !== segment.number || found.start !== this.#sending.record.start) {
        items += found.items;
      }
      at = found.end;
    }
    await this.#removeFirst();
    return items;
  }

  /** Lets go of the files; an empty folder is removed, any other is left under the name. */
  async close(name: string): Promise<void> {
    await this.#seal();
    await this.#cursor.close();
    this.#loaded = undefined;
    if (this.empty) await rm(this.directory, { recursive: true, force: true });
    else await rename(this.directory, name);
  }

  /** Shows other hosts that somebody is at work here: that is all they can see. */
  async #touch(): Promise<void> {
    const now = Date.now();
    if (now - this.#touchedAt < TOUCH_INTERVAL) return;
    this.#touchedAt = now;
    await utimes(this.directory, now / 1000, now / 1000).catch(this.#onTrouble);
  }

  /** Where the position cannot be written, a next process may send again what has arrived: no reason to stop. */
  async #mark(segment: number, offset: number, sending: boolean): Promise<void> {
    await this.#cursor.write({ segment, offset, sending }, this.#sync).catch(this.#onTrouble);
  }

  async #begin(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const segment = { number: this.#next++, bytes: 0 };
    this.#tail = await open(this.#path(segment), 'wx');
    this.#segments.push(segment);
  }

  async #seal(): Promise<void> {
    const tail = this.#tail;
    this.#tail = undefined;
    await tail?.close().catch(() => {});
  }

  async #removeFirst(): Promise<void> {
    this.#loaded = undefined;
    this.#offset = 0;
    this.#interrupted = false;
    await this.#drop(this.#segments[0]!);
  }

  async #drop(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((other) => other !== segment);
    await unlink(this.#path(segment)).catch(() => {});
  }

  #path({ number }: Segment): string {
    return join(this.directory, `${String(number).padStart(8, '0')}.seg`);
  }
}
