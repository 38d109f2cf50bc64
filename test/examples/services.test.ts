import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from './run.js';

describe('the examples', () => {
  it.each(['express/main.ts', 'fastify/main.ts', 'testing/orders.ts', 'testing/orders.test.ts'])(
    '%s is short enough to be copied',
    (file) => {
      const source = readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8');
      expect(source.split('\n').length).toBeLessThan(60);
    },
  );

  it('Express: answers, and tells in all three signals', async () => {
    const example = run('examples/express/main.ts', [], { PORT: '0' });
    const [, port] = await example.until(/"msg":"listening","port":(\d+)/);
    const base = `http://127.0.0.1:${port}`;

    expect(await (await fetch(`${base}/hello/ada`)).json()).toEqual({ message: 'Bonjour, ada!' });
    expect((await fetch(`${base}/broken`)).status).toBe(500);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toContain('http_requests_total{method="GET",route="/hello/:name",status="200"} 1');
    expect(metrics).toContain('greetings_total{language="fr"} 1');

    await example.until(/"msg":"GET \/broken 500/);
    example.child.kill('SIGTERM');
    expect(await example.ended).toEqual({ code: null, signal: 'SIGTERM' });
    const lines = example.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const greeted = lines.find(({ msg }) => msg === 'greeted');
    const request = lines.find(({ msg }) => msg.startsWith('GET /hello/:name 200'));
    expect(greeted.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(request.trace_id).toBe(greeted.trace_id);
  });

  it('Fastify: answers, though nobody takes its spans', async () => {
    const example = run('examples/fastify/main.ts', [], { PORT: '0' });
    const [, base] = await example.until(/"address":"(http:[^"]+)"/);

    expect(await (await fetch(`${base}/weather/oslo`)).json()).toEqual({ city: 'oslo', celsius: -2 });
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toContain('weather_lookup_seconds_count{city="oslo"} 1');
    expect(metrics).toContain('http_requests_total{method="GET",route="/weather/:city",status="200"} 1');
    await example.until(/"level":"warn","msg":"freezing"/);

    example.child.kill('SIGTERM');
    expect((await example.ended).signal).toBe('SIGTERM');
  });
});
