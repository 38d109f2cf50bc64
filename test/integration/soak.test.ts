import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, buildBench } from '../../bench/lib/build.js';
import { soak } from '../../bench/lib/soak.js';

/** The bounds that a busy machine can be held to; `npx tsx bench/soak.ts` has the rest. */

describe('a service under load', () => {
  it('loses no span into a receiver that takes its time, and does not grow', async () => {
    const { made, received, dropped, rssGrowth } = await soak({ rate: 20_000, seconds: 5, warmUp: 3 });
    expect(made).toBeGreaterThan(50_000);
    expect({ received, dropped }).toEqual({ received: made, dropped: 0 });
    expect(rssGrowth).toBeLessThan(64);
  });
});

describe('tail sampling', () => {
  let built: Built;

  beforeAll(async () => {
    built = await buildBench();
  });

  afterAll(() => built?.remove());

  it('holds 50,000 traces in flight within 200 MB', async () => {
    const program = join(dirname(built.runner), 'tail-memory.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, '50000', '5']);
    const { traces, spans, megabytes } = JSON.parse(stdout);
    expect({ traces, spans }).toEqual({ traces: 50_000, spans: 250_000 });
    expect(megabytes).toBeLessThan(200);
  });
});
