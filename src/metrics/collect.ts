import type { Clock } from '../common/clock.js';
import type { MetricSettings } from './settings.js';

/**
 * Makes a user's callback safe to wait for: it never rejects, it comes back within `collectTimeout`, and a call
 * that hangs is not made again before it has ended. What went wrong is told under the name `subject`.
 */
export function guardedCollect(
  subject: string,
  settings: MetricSettings,
  callback: () => unknown,
): () => Promise<void> {
  const { clock, collectTimeout, diagnostics } = settings;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    try {
      await callback();
    } catch (error) {
      diagnostics.report('collect_failed', subject, `The collect callback of ${subject} failed`, error);
    }
  }

  return async () => {
    if (running === undefined) {
      running = run().then(() => {
        running = undefined;
      });
    }
    if (await within(clock, collectTimeout, running)) return;
    diagnostics.report(
      'collect_timeout',
      subject,
      `The collect callback of ${subject} has not come back after ${collectTimeout} ms`,
    );
  };
}

/** Waits for `work` to settle, but not longer than `ms`; false when the time ran out. `work` must not reject. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: { cancel(): void } | undefined;
  const deadline = new Promise<boolean>((resolve) => {
    timer = clock.setTimeout(() => resolve(false), ms);
  });
  const done = await Promise.race([work.then(() => true), deadline]);
  timer?.cancel();
  return done;
}
