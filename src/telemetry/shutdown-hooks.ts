/** What has to be done before the process ends. */
export interface ShutdownHooks {
  /** Signals to end by. */
  signals: readonly NodeJS.Signals[];
  /** Called when the event loop has run empty. */
  flush(): Promise<unknown>;
  /** Called at the first of the signals. */
  shutdown(): Promise<unknown>;
}

/** One listener for each event serves every telemetry of the process, so their number trips no listener limit. */
const installed = /* @__PURE__ */ new Set<ShutdownHooks>();
const heard = /* @__PURE__ */ new Set<NodeJS.Signals>();
let flushed = /* @__PURE__ */ new WeakSet<ShutdownHooks>();

/**
 * Hears the process end in the ways that leave time for asynchronous work. Returns a function that takes the
 * hooks off again.
 *
 * The host stays in charge: at a signal everything is shut down first, and then the process ends by that same
 * signal, as it would have without us, unless the host listens for it and so decides by itself when to end.
 */
export function installShutdownHooks(hooks: ShutdownHooks): () => void {
  if (installed.size === 0) process.on('beforeExit', flushAll);
  installed.add(hooks);
  for (const signal of hooks.signals) {
    if (!heard.has(signal)) process.on(signal, shutdownAll);
    heard.add(signal);
  }
  return () => remove(hooks);
}

/** Once for each: flushing may keep the loop busy, and then Node asks again. */
function flushAll(): void {
  for (const hooks of installed) {
    if (flushed.has(hooks)) continue;
    flushed.add(hooks);
    void hooks.flush();
  }
}

function shutdownAll(signal: NodeJS.Signals): void {
  const concerned = [...installed].filter((hooks) => hooks.signals.includes(signal));
  void Promise.allSettled(concerned.map((hooks) => hooks.shutdown())).then(() => {
    for (const hooks of concerned) remove(hooks);
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  });
}

function remove(hooks: ShutdownHooks): void {
  installed.delete(hooks);
  for (const signal of heard) {
    if ([...installed].some((others) => others.signals.includes(signal))) continue;
    process.off(signal, shutdownAll);
    heard.delete(signal);
  }
  if (installed.size > 0) return;
  process.off('beforeExit', flushAll);
  flushed = new WeakSet();
}
