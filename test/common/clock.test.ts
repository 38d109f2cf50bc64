import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/common/clock.js';

describe('systemClock', () => {
  it('tells wall-clock time in milliseconds since the epoch', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThan(Date.now() + 1);
  });

  it('never goes back', () => {
    let last = systemClock.monotonic();
    for (let i = 0; i < 10_000; i++) {
      const next = systemClock.monotonic();
      if (next < last) expect.fail(`${next} after ${last}`);
      last = next;
    }
  });

  it('calls back once, and not when cancelled', async () => {
    let calls = 0;
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(() => calls++, 1).cancel();
      systemClock.setTimeout(() => {
        calls += 10;
        resolve();
      }, 2);
      setTimeout(() => {}, 100); // the clock's own timers would let the process end
    });
    expect(calls).toBe(10);
  });

  it('takes a delay beyond what Node can, without calling back at once', async () => {
    let called = false;
    const timer = systemClock.setTimeout(() => {
      called = true;
    }, 1e12);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(called).toBe(false);
    timer.cancel();
  });

  it('keeps no process alive', () => {
    const file = JSON.stringify(join(import.meta.dirname, '../../src/common/clock.ts'));
    const script = `import { systemClock } from ${file}; systemClock.setTimeout(() => {}, 60_000);`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      timeout: 60_000,
    });
    expect(run.status).toBe(0);
  }, 40_000);
});
