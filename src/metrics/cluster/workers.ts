import type { Cluster, Worker } from 'node:cluster';
import type { Worker as Thread } from 'node:worker_threads';
import type { Clock } from '../../common/clock.js';
import type { Diagnostics } from '../../common/diagnostics.js';
import { asMessage, type Message } from './messages.js';
import { type MetricSnapshot, unpack } from './snapshot.js';

/** What is needed of `node:cluster`, of a worker of it and of a thread. */
export type ClusterLike = Pick<Cluster, 'workers' | 'on' | 'off'>;
export type ThreadLike = Pick<Thread, 'on' | 'off' | 'postMessage'> & { readonly threadId: number };

/** One worker, and what it told last. */
export interface WorkerState {
  readonly id: string;
  send(message: Message): void;
  metrics: readonly MetricSnapshot[];
  /** Monotonic milliseconds of the last answer; −Infinity before the first. */
  answeredAt: number;
  /** Whether it has answered the last question. */
  fresh: boolean;
}

/** Keeps the list of workers, and asks them. */
export class Workers {
  readonly #byId = new Map<string, WorkerState>();
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #onDeparture: (worker: WorkerState) => void;
  readonly #undo: (() => void)[] = [];
  #request = 0;
  #waitingFor = new Set<string>();
  #answered: (() => void) | undefined;

  constructor(clock: Clock, diagnostics: Diagnostics, onDeparture: (worker: WorkerState) => void) {
    this.#clock = clock;
    this.#diagnostics = diagnostics;
    this.#onDeparture = onDeparture;
  }

  get all(): readonly WorkerState[] {
    return [...this.#byId.values()];
  }

  /** Every worker of `node:cluster`, those that come later included. */
  addCluster(cluster: ClusterLike): void {
    const join = (worker: Worker): void =>
      this.#join(String(worker.id), (message) => void worker.send(message));
    const onMessage = (worker: Worker, message: unknown): void => this.#take(String(worker.id), message);
    const onExit = (worker: Worker): void => this.#leave(String(worker.id));
    for (const worker of Object.values(cluster.workers ?? {})) if (worker !== undefined) join(worker);
    cluster.on('fork', join);
    cluster.on('message', onMessage);
    cluster.on('exit', onExit);
    this.#undo.push(() => {
      cluster.off('fork', join);
      cluster.off('message', onMessage);
      cluster.off('exit', onExit);
    });
  }

  addThread(thread: ThreadLike): void {
    // Its number is −1 once it has ended.
    const id = `thread-${thread.threadId}`;
    const onMessage = (message: unknown): void => this.#take(id, message);
    const onExit = (): void => this.#leave(id);
    this.#join(id, (message) => thread.postMessage(message));
    thread.on('message', onMessage);
    thread.on('exit', onExit);
    this.#undo.push(() => {
      thread.off('message', onMessage);
      thread.off('exit', onExit);
    });
  }

  /** Asks all, and comes back when all have answered or the deadline is over. Never rejects. */
  async ask(deadline: number): Promise<void> {
    const request = ++this.#request;
    this.#waitingFor = new Set(this.#byId.keys());
    if (this.#waitingFor.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(resolve, deadline);
      this.#answered = () => {
        timer.cancel();
        resolve();
      };
      for (const worker of this.all) {
        worker.fresh = false;
        try {
          worker.send({ telltale: 'metrics?', request });
        } catch {
          this.#done(worker.id); // its line is closed: it is about to leave
        }
      }
    });
    for (const id of this.#waitingFor) {
      this.#diagnostics.report(
        'worker_silent',
        id,
        `Worker ${id} has not told its metrics within ${deadline} ms`,
      );
    }
  }

  stop(): void {
    for (const undo of this.#undo) undo();
    this.#byId.clear();
    this.#answered?.();
  }

  #join(id: string, send: WorkerState['send']): void {
    this.#byId.set(id, { id, send, metrics: [], answeredAt: -Infinity, fresh: false });
  }

  #leave(id: string): void {
    const worker = this.#byId.get(id);
    if (worker === undefined) return;
    this.#byId.delete(id);
    this.#onDeparture(worker);
    this.#done(id);
  }

  /** An answer, possibly a late one: it is newer than what is known in any case. */
  #take(id: string, value: unknown): void {
    const answer = asMessage(value, 'metrics!');
    const worker = this.#byId.get(id);
    if (answer === undefined || worker === undefined) return;
    try {
      worker.metrics = unpack(answer.body!);
      worker.answeredAt = this.#clock.monotonic();
    } catch (error) {
      this.#diagnostics.report('worker_garbled', id, `Worker ${id} told its metrics in no known form`, error);
    }
    if (answer.request !== this.#request) return;
    worker.fresh = true;
    this.#done(id);
  }

  #done(id: string): void {
    this.#waitingFor.delete(id);
    if (this.#waitingFor.size === 0) this.#answered?.();
  }
}
