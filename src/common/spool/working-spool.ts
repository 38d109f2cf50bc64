import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../clock.js';
import { RetryableExportError } from '../export.js';
import type { HttpAnswer } from '../http-answer.js';
import type { RandomSource } from '../random.js';
import { type RetryPolicy, retryAfterOf, retryDelay } from '../retry.js';
import { withoutTelemetry } from '../suppression.js';
import type { SpoolBooks } from './books.js';
import { freeName, ownName, TOUCH_INTERVAL, takeOver } from './owners.js';
import { type Head, Segments } from './segments.js';
import type { OpenSpool, SpooledRequest, SpoolOutlet } from './spool.js';

export interface SpoolSettings {
  /** The folder for this outlet. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAge: number;
  readonly sync: boolean;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const KEPT: HttpAnswer = { status: 202, headers: {}, body: new Uint8Array(0), spooled: true };

/** Milliseconds that `close` goes on sending. */
const CLOSING = 5_000;

/**
 * Sends requests, or keeps them and sends them later, in the order in which they came.
 *
 * Files are touched by one piece of work at a time (`#exclusively`); the sending itself is not part of that, so
 * that new requests are kept while an old one is on its way. Everything on disk is asynchronous.
 */
export class WorkingSpool implements OpenSpool {
  readonly #outlet: SpoolOutlet;
  readonly #settings: SpoolSettings;
  readonly #books: SpoolBooks;
  readonly #name = ownName();
  /** Folders in the order in which they are sent: what was taken over, then this process's own. */
  #folders: Segments[] = [];
  #own: Segments;
  #taken = 0;
  /** Settles when all work on files so far has. */
  #files: Promise<unknown>;
  /** Requests that are about to be written: nothing may overtake them. */
  #writing = 0;
  /** The loop that sends what is kept, while it runs. */
  #draining: Promise<void> | undefined;
  /** When it runs again, if it waits. */
  #timer: Timer | undefined;
  /** It waits because the back end asked for it. */
  #asked = false;
  #attempts = 0;
  #lookAgain: Timer | undefined;
  #closing: Promise<void> | undefined;
  readonly #stop = new AbortController();
  #stopAt = Infinity;

  constructor(outlet: SpoolOutlet, settings: SpoolSettings, books: SpoolBooks) {
    this.#outlet = outlet;
    this.#settings = settings;
    this.#books = books;
    this.#own = this.#folder(this.#name);
    this.#files = Promise.resolve();
    this.#search();
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#folders.reduce((sum, folder) => sum + folder.bytes, this.#own.bytes);
  }

  async deliver(request: SpooledRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    await this.#files;
    if (this.#idle) {
      try {
        return await this.#outlet.send(request, signal);
      } catch (error) {
        const asked = retryAfterOf(error);
        if (asked === undefined || !(await this.#keep(request, isDoubtful(error)))) throw error;
        this.#pause(asked);
        return KEPT;
      }
    }
    if (await this.#keep(request, false)) {
      if (this.#timer === undefined) this.#drain();
      return KEPT;
    }
    throw new RetryableExportError(
      `${this.#outlet.address}: the spool cannot keep it, and others wait before it`,
    );
  }

  async flush(): Promise<void> {
    await this.#files;
    if (this.#timer === undefined || !this.#asked) {
      this.#timer?.cancel();
      this.#drain();
    }
    await this.#draining;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock } = this.#settings;
    this.#stopAt = clock.monotonic() + CLOSING;
    const timer = clock.setTimeout(() => this.#stop.abort(new Error('shut down')), CLOSING);
    await this.flush();
    timer.cancel();
    this.#timer?.cancel();
    this.#lookAgain?.cancel();
    this.#stopAt = -Infinity;
    await this.#exclusively(async () => {
      for (const folder of [...this.#folders, this.#own]) {
        const name = join(this.#settings.directory, freeName());
        await folder.close(name).catch(this.#books.trouble);
      }
    });
  }

  /** Nothing waits. */
  get #idle(): boolean {
    return this.#writing === 0 && this.#own.empty && this.#folders.length === 0;
  }

  #folder(name: string): Segments {
    const { directory, maxBytes, sync } = this.#settings;
    return new Segments(join(directory, name), {
      segmentBytes: Math.min(4 * 1024 * 1024, Math.ceil(maxBytes / 8)),
      sync,
      onDamage: (items) => this.#books.drop('corrupt', items),
      onTrouble: this.#books.trouble,
    });
  }

  #search(): void {
    this.#exclusively(() => this.#find())
      .catch(this.#books.trouble)
      .finally(() => this.#drain());
  }

  /** Takes over what processes that are gone have left. */
  async #find(): Promise<void> {
    const { directory, clock } = this.#settings;
    if (this.#closing !== undefined) return;
    await mkdir(directory, { recursive: true });
    const { names, others } = await takeOver(directory, this.#name, this.#taken);
    // Others may die later, or may have died on another host, where only time tells.
    this.#lookAgain?.cancel();
    this.#lookAgain = others ? clock.setTimeout(() => this.#search(), TOUCH_INTERVAL) : undefined;
    for (const name of names) {
      this.#taken++;
      const folder = this.#folder(name);
      await folder.load();
      if (folder.empty) await folder.close('');
      else this.#folders.push(folder);
    }
  }

  /** Writes a request behind those that wait. `false` where that was not possible, or makes no sense. */
  async #keep(request: SpooledRequest, doubtful: boolean): Promise<boolean> {
    const { clock, maxBytes } = this.#settings;
    const size = request.body.length;
    if (size > maxBytes / 2) return false;
    this.#writing++;
    try {
      return await this.#exclusively(async () => {
        if (this.#stopAt === -Infinity) return false;
        while (this.bytes + size > maxBytes) {
          const oldest = this.#folders[0] ?? this.#own;
          if (oldest.empty) break;
          this.#books.drop('full', await oldest.dropOldest());
          await this.#leaveEmpty();
        }
        await this.#own.append(request, clock.now(), doubtful);
        this.#books.count('spooled', request.items);
        return true;
      });
    } catch (error) {
      this.#books.trouble(error);
      return false;
    } finally {
      this.#writing--;
    }
  }

  /** Runs the loop after a pause that grows with every failure in a row, and is as long as the back end asked for. */
  #pause(asked: number): void {
    const { clock, random, retry } = this.#settings;
    if (this.#draining !== undefined && asked === 0) return; // it finds out by itself
    this.#timer?.cancel();
    this.#asked = asked > 0;
    const delay = retryDelay(retry, Math.max(1, this.#attempts), random, asked);
    this.#timer = clock.setTimeout(() => this.#drain(), delay);
  }

  #drain(): void {
    this.#timer = undefined;
    this.#draining ??= withoutTelemetry(async () => {
      try {
        let sent = false;
        while (this.#settings.clock.monotonic() < this.#stopAt && (await this.#sendNext())) sent = true;
        // The outage is over, for the other processes on this directory as well; some may not have lived to see it.
        if (sent && this.#idle) await this.#exclusively(() => this.#find());
      } catch (error) {
        this.#books.trouble(error);
      }
      this.#draining = undefined;
      if (this.#timer === undefined && !this.#idle && this.#stopAt === Infinity) this.#pause(0);
    });
  }

  /** Sends the oldest request. `false` where there is none, or the back end failed. */
  async #sendNext(): Promise<boolean> {
    const next = await this.#exclusively(async () => {
      await this.#leaveEmpty();
      const folder = this.#folders[0] ?? this.#own;
      const head = await folder.head();
      if (head !== undefined && !this.#isOld(head)) await folder.sending(head);
      return { folder, head };
    });
    const { folder, head } = next;
    if (head === undefined) return !this.#own.empty || this.#folders.length > 0;
    const { record } = head;
    try {
      if (this.#isOld(head)) this.#books.drop('expired', record.items);
      else {
        const answer = await this.#outlet.send(record, this.#stop.signal);
        this.#attempts = 0;
        this.#books.count('sent', record.items);
        if (head.doubtful) this.#books.count('repeated', record.items);
        this.#answered(answer);
      }
    } catch (error) {
      const asked = retryAfterOf(error);
      if (asked !== undefined) {
        const stands = await this.#exclusively(() => folder.failed(head, isDoubtful(error)));
        if (!stands) this.#books.drop('full', record.items);
        this.#attempts++;
        this.#pause(asked);
        return false;
      }
      this.#books.drop('refused', record.items, error);
    }
    await this.#exclusively(() => folder.done(head));
    return true;
  }

  #isOld({ record }: Head): boolean {
    return this.#settings.clock.now() - record.time > this.#settings.maxAge;
  }

  #answered(answer: HttpAnswer): void {
    try {
      this.#outlet.answered(answer);
    } catch (error) {
      this.#books.trouble(error);
    }
  }

  /** Removes folders that were taken over and hold nothing any more. */
  async #leaveEmpty(): Promise<void> {
    while (this.#folders[0]?.empty) await this.#folders.shift()!.close('').catch(this.#books.trouble);
  }

  #exclusively<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#files.then(work);
    this.#files = result.catch(() => {});
    return result;
  }
}

/** Errors after which it is certain that nothing was delivered. */
const NEVER_ARRIVED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

/** Whether a request may have arrived though sending it failed: there was a connection, and no answer. */
function isDoubtful(error: unknown): boolean {
  const cause = (error as RetryableExportError).cause as NodeJS.ErrnoException | undefined;
  return cause !== undefined && !NEVER_ARRIVED.test(cause.code ?? '');
}
