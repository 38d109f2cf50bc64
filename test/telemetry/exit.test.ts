import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const names: string[] = [];
const collector = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  for (const { scopeSpans } of JSON.parse(body).resourceSpans) {
    for (const { spans } of scopeSpans) names.push(...spans.map(({ name }: { name: string }) => name));
  }
  response.setHeader('content-type', 'application/json').end('{}');
});
let url: string;

beforeAll(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
});
beforeEach(() => {
  names.length = 0;
});
afterAll(() => {
  collector.close();
  collector.closeAllConnections();
});

async function run(way: string, to = url) {
  const child = fork(fileURLToPath(new URL('./exit.fixture.ts', import.meta.url)), [way, to], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = once(child, 'close');
  if (way !== 'run-dry' && way !== 'unreachable') {
    await once(child, 'message');
    child.kill('SIGTERM');
  }
  if (way === 'own-handler') {
    await expect.poll(() => names).toHaveLength(1);
    child.send('end');
  }
  const [code, signal] = await closed;
  return { code, signal, output, errors };
}

describe('nothing is lost when a process', () => {
  it('runs out of things to do, without any call at the end', async () => {
    const { code, output } = await run('run-dry');
    expect(code).toBe(0);
    expect(output).toContain('last line');
    expect(names).toEqual(['last span']);
  });

  it('cannot reach the back end: it ends when its time is up, and says what is lost', async () => {
    const { code, output, errors } = await run('unreachable', 'http://127.0.0.1:9/v1/traces');
    expect(code).toBe(0);
    expect(output).toContain('last line');
    expect(errors).toContain('traces could not be flushed within 500 ms');
  });

  it('gets SIGTERM, by which it then ends', async () => {
    const { signal, output } = await run('sigterm');
    expect(signal).toBe('SIGTERM');
    expect(output).toContain('last line');
    expect(names).toEqual(['last span']);
  });

  it('gets SIGTERM and decides by itself when to end', async () => {
    const { code, signal } = await run('own-handler');
    expect({ code, signal }).toEqual({ code: 7, signal: null });
    expect(names).toEqual(['last span']);
  });
});
