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
  flushSync(): void;
  /** Settles, within its own deadline, when everything has got out. */
  flush(): Promise<void>;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

const hooked = /* @__PURE__ */ new Set<Flushable>();

/** The process is past its 'exit' event for us: lines must be written as they come. */
let exiting = false;

export function isExiting(): boolean {
  return exiting;
}

/** Has `sink.flushSync` called when the process ends. */
export function flushAtExit(sink: Flushable): void {
  hooked.add(sink);
  if (hooked.size > 1) return;
  process.on('exit', onExit);
  // First in line, so that a listener that counts the others (signal-exit does) no longer sees ours.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

export function forgetAtExit(sink: Flushable): void {
  if (!hooked.delete(sink) || hooked.size > 0) return;
  process.off('exit', onExit);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function flushAll(): void {
  for (const sink of hooked) {
    try {
      sink.flushSync();
    } catch {
      // A sink that throws must not keep the next one from being flushed.
    }
  }
}

function onExit(): void {
  exiting = true;
  flushAll();
}

function onSignal(signal: NodeJS.Signals): void {
  flushAll();
  process.off(signal, onSignal);
  if (process.listenerCount(signal) === 0) {
    // Streams need the event loop to get the last lines out. A second signal ends the process at once.
    const flushed = Promise.all([...hooked].map((sink) => sink.flush()));
    void flushed.finally(() => process.kill(process.pid, signal));
    return;
  }
  // The host decides. If the process lives on, the next such signal finds us again.
  setImmediate(() => {
    if (hooked.size === 0) return;
    process.off(signal, onSignal);
    process.prependListener(signal, onSignal);
  });
}
