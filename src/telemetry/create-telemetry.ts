import { withinTime } from '../common/deadline.js';
import { checkFunction } from '../common/options.js';
import { LoggerProvider } from '../logs/otel/logger-provider.js';
import { registerLogs } from '../logs/otel/register.js';
import { registerGlobals } from '../trace/register.js';
import type { TelemetryOptions } from './options.js';
import { OWNER } from './owner.js';
import { createLogger, createMetrics, createTracerProvider } from './pillars.js';
import { installShutdownHooks } from './shutdown-hooks.js';
import { surroundingsOf } from './surroundings.js';
import type { FlushReport, Telemetry, TelemetryRegistration } from './telemetry.js';

/** Milliseconds that the last lines of a shutdown have, where the rest took all of its time. */
const LAST_LINES = 100;

/**
 * Logs, traces and metrics of one service, wired together: they share the resource, the context, the clock and
 * the diagnostics, and are flushed and shut down as one.
 *
 * ```ts
 * const telemetry = createTelemetry({ service: { name: 'checkout', version: '1.4.2' } });
 * const { logger, tracer, registry } = telemetry;
 * ```
 *
 * Nothing becomes global before `register()`. When the event loop runs empty everything is flushed; with
 * `signals` everything is shut down at those signals too; otherwise call `shutdown()`, or use `await using`.
 *
 * @throws TelltaleError for an option that is unknown or wrong; the message names it.
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  const around = surroundingsOf(options);
  const logger = createLogger(options.logs, around);
  const loggerProvider = new LoggerProvider({ logger, clock: around.clock });
  const tracerProvider = createTracerProvider(options.traces, around);
  const metrics = createMetrics(options.metrics, around);
  const { clock, diagnostics, resource, contextManager, propagator, timeout } = around;
  const slos = checkFunction(
    OWNER,
    'slos',
    options.slos,
  )?.({ registry: metrics.registry, clock, diagnostics });

  /**
   * Ends each part by itself, so that one that hangs holds up none of the others. It starts in a microtask, with the
   * clock ticking already: what gives up when the time is up is late.
   */
  async function settle(
    parts: Record<string, () => Promise<unknown>>,
    ms: number,
    late: string[] = [],
  ): Promise<FlushReport> {
    // Timers of a clock let the process end; whoever awaits this wants it to live until the answer.
    const keepAlive = setInterval(() => {}, 1_000);
    await Promise.all(
      Object.entries(parts).map(async ([part, work]) => {
        let failure: unknown;
        try {
          if (await withinTime(Promise.resolve().then(work), ms, clock)) return;
        } catch (error) {
          failure = error;
        }
        late.push(part);
        diagnostics.report('flush_failed', part, `${part} could not be flushed within ${ms} ms`, failure);
      }),
    );
    clearInterval(keepAlive);
    return { complete: late.length === 0, late };
  }

  function flush(ms = timeout): Promise<FlushReport> {
    return settle(
      {
        logs: () => logger.flush({ timeoutMillis: ms }),
        traces: () => tracerProvider.forceFlush({ timeoutMillis: ms }),
        metrics: () => metrics.flush({ timeoutMillis: ms }),
        ...(slos && { slos: () => slos.save() }),
      },
      ms,
    );
  }

  let ended: Promise<FlushReport> | undefined;
  function shutdown(ms = timeout): Promise<FlushReport> {
    ended ??= end(ms);
    return ended;
  }

  async function end(ms: number): Promise<FlushReport> {
    const start = clock.monotonic();
    void logger.flush({ timeoutMillis: ms });
    const late: string[] = [];
    await settle(
      {
        traces: () => tracerProvider.shutdown({ timeoutMillis: ms }),
        metrics: () => metrics.shutdown({ timeoutMillis: ms }),
        ...(slos && { slos: () => slos.stop() }),
      },
      ms,
      late,
    );
    // Logs go last: what the others had to say at their end is in them. They were being sent all the while, and
    // have the rest of the time, or a moment for these last lines.
    const rest = Math.ceil(Math.max(ms - (clock.monotonic() - start), Math.min(ms, LAST_LINES)));
    const report = await settle({ logs: () => logger.shutdown({ timeoutMillis: rest }) }, rest, late);
    removeHooks();
    return report;
  }

  let registered: TelemetryRegistration | undefined;
  function register(): TelemetryRegistration {
    if (registered?.traces) return registered;
    const globals = registerGlobals({
      tracerProvider,
      ...(metrics.isOn && { meterProvider: metrics.meterProvider }),
      contextManager,
      propagator,
      diagnostics,
    });
    const logs = registerLogs({ provider: loggerProvider, diagnostics });
    registered = {
      ...globals,
      logs: logs.logs,
      unregister() {
        registered = undefined;
        globals.unregister();
        logs.unregister();
      },
    };
    return registered;
  }

  const removeHooks =
    around.signals.length > 0 || around.flushAtExit
      ? installShutdownHooks({
          signals: around.signals,
          flush: around.flushAtExit ? flush : async () => {},
          shutdown,
        })
      : () => {};

  return {
    logger,
    loggerProvider,
    tracerProvider,
    tracer: tracerProvider.getTracer('telltale'),
    registry: metrics.registry,
    prometheus: metrics.prometheus,
    slos,
    resource,
    contextManager,
    propagator,
    clock,
    diagnostics,
    meterProvider: metrics.meterProvider,
    register,
    flush,
    shutdown,
    [Symbol.asyncDispose]: async () => {
      await shutdown();
    },
  };
}
