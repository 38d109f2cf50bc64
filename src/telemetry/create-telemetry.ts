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

  /** Ends each part by itself, so that one that hangs holds up none of the others. */
  async function settle(parts: Record<string, Promise<unknown>>, ms: number): Promise<FlushReport> {
    const late: string[] = [];
    // Timers of a clock let the process end; whoever awaits this wants it to live until the answer.
    const keepAlive = setInterval(() => {}, 1_000);
    await Promise.all(
      Object.entries(parts).map(async ([part, work]) => {
        try {
          if (!(await withinTime(work, ms, clock))) late.push(part);
        } catch (error) {
          diagnostics.report('flush_failed', part, `${part} could not be flushed`, error);
          late.push(part);
        }
      }),
    );
    clearInterval(keepAlive);
    return { complete: late.length === 0, late };
  }

  function flush(ms = timeout): Promise<FlushReport> {
    return settle(
      {
        logs: logger.flush(),
        traces: tracerProvider.forceFlush(),
        metrics: metrics.flush(),
        ...(slos && { slos: slos.save() }),
      },
      ms,
    );
  }

  let ended: Promise<FlushReport> | undefined;
  function shutdown(ms = timeout): Promise<FlushReport> {
    ended ??= settle(
      {
        traces: tracerProvider.shutdown(),
        metrics: metrics.shutdown(),
        ...(slos && { slos: slos.stop() }),
      },
      ms,
    ).then(async (report) => {
      // Logs go last: what the others had to say at their end is in them.
      const logs = await settle({ logs: logger.shutdown() }, ms);
      removeHooks();
      return { complete: report.complete && logs.complete, late: [...report.late, ...logs.late] };
    });
    return ended;
  }

  function register(): TelemetryRegistration {
    const globals = registerGlobals({
      tracerProvider,
      ...(metrics.isOn && { meterProvider: metrics.meterProvider }),
      contextManager,
      propagator,
      diagnostics,
    });
    const logs = registerLogs({ provider: loggerProvider, diagnostics });
    return {
      ...globals,
      logs: logs.logs,
      unregister() {
        globals.unregister();
        logs.unregister();
      },
    };
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
