/**
 * The last word at the end of the process: one 'exit' listener and one listener a signal for all sinks, there
 * from the first buffered line until the last sink is shut down.
 *
 * SIGTERM, SIGINT and SIGHUP end a process that does not listen for them, at once and without an 'exit' event.
 * So that buffered lines survive that, a listener flushes and then sends the signal again with itself taken
 * away: the process ends by the signal, as it would have. Where the host listens too, what happens is the
 * host's business and the listener only flushes.
 */
export interface Flushable {
  flushSync?(): void;
  /** Settles, within its own deadline, when everything has got out. */
  flush?(): Promise<void>;
}

const EVENTS: readonly string[] = ['exit', 'SIGTERM', 'SIGINT', 'SIGHUP'];

const hooked = /* @__PURE__ */ new Set<Flushable>();

/** The process is past its 'exit' event for us: lines must be written as they come. */
let exiting = false;

export function isExiting(): boolean {
  return exiting;
}

/** Has `sink.flushSync` called when the process ends; to be called again does no harm. */
export function flushAtExit(sink: Flushable): void {
  if (hooked.size === 0) EVENTS.forEach(listen);
  hooked.add(sink);
}

export function forgetAtExit(sink: Flushable): void {
  if (hooked.delete(sink) && hooked.size === 0) for (const event of EVENTS) process.off(event, onEnd);
}

/** First in line, so that a listener that counts the others (signal-exit does) no longer sees ours. */
function listen(event: string): void {
  (process as NodeJS.EventEmitter).off(event, onEnd).prependListener(event, onEnd);
}

/** Is given a number at 'exit', and the name of a signal. */
function onEnd(signal: number | NodeJS.Signals): void {
  exiting ||= typeof signal === 'number';
  for (const sink of hooked) sink.flushSync?.();
  if (typeof signal === 'number') return;
  process.off(signal, onEnd);
  if (process.listenerCount(signal) === 0) {
    // Streams need the event loop to get the last lines out. A second signal ends the process at once.
    void Promise.all([...hooked].map((sink) => sink.flush?.())).then(() => process.kill(process.pid, signal));
  } else {
    // The host decides. If the process lives on, the next such signal finds us again.
    setImmediate(() => hooked.size > 0 && listen(signal));
  }
}
