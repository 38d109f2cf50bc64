import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli } from '../cli/support/run-cli.js';
import { run } from './run.js';

describe('the example of a service that asks itself', () => {
  it('is short enough to be copied', () => {
    const source = readFileSync(new URL('../../examples/query/main.ts', import.meta.url), 'utf8');
    expect(source.split('\n').length).toBeLessThan(60);
  });

  it('answers about its own metrics, here and over HTTP', async () => {
    const example = run('examples/query/main.ts', [], { PORT: '0' });
    const [, base] = await example.until(/listens on (http:\S+)/);

    let health: { failing?: number; p90?: number } = {};
    // Rates need two readings of the registry, which is read once a second.
    for (let tries = 0; tries < 200 && health.p90 === undefined; tries++) {
      await (await fetch(`${base}/work`)).text();
      health = (await (await fetch(`${base}/health`)).json()) as typeof health;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(health.p90).toBeGreaterThan(0);
    expect(health.failing).toBeLessThanOrEqual(1);

    const asked = await cli(['query', 'count(work_seconds_count)', '--url', base!], { now: Date.now() });
    expect(asked).toEqual({ code: 0, out: 'value\n    1\n', err: '' });

    example.child.kill('SIGTERM');
    expect((await example.ended).code).toBe(0);
  });
});
