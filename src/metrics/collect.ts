import { withinTime } from '../common/deadline.js';
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
  const what = `The collect callback of ${subject}`;
  let running: Promise<unknown> | undefined;

  return async () => {
    running ??= (async () => callback())()
      .catch((error) => diagnostics.report('collect_failed', subject, `${what} failed`, error))
      .finally(() => {
        running = undefined;
      });
    if (!(await withinTime(running, collectTimeout, clock))) {
      diagnostics.report('collect_timeout', subject, `${what} took longer than ${collectTimeout} ms`);
    }
  };
}
