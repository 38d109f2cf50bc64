import type { Clock } from '../common/clock.js';

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
