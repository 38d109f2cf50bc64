import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

/** Real processes that log 5,000 lines in one go and end: every line must be there, whole and in order. */

const fixture = fileURLToPath(new URL('./fixtures/ending.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'telltale-endings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

function run(ending: string, sink: string, path: string, slowReader = false): Promise<End> {
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, ending, sink, path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const chunks: Buffer[] = [];
  if (slowReader) {
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 1000);
  }
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code, signal) =>
      resolve({ code, signal, output: Buffer.concat(chunks).toString('utf8') }),
    );
  });
}

function expectAllLines(text: string, count: number): void {
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(count);
  lines.forEach((line, index) => {
    expect((JSON.parse(line) as { i: number }).i).toBe(index);
  });
}

const endings: [string, Partial<End>, number][] = [
  ['normal', { code: 0 }, 5000],
  ['exit', { code: 3 }, 5000],
  ['exit-listener', { code: 3 }, 5001],
  ['throw', { code: 1 }, 5000],
  ['rejection', { code: 1 }, 5000],
  ['SIGTERM', { code: null, signal: 'SIGTERM' }, 5000],
  ['SIGINT', { code: null, signal: 'SIGINT' }, 5000],
  ['SIGHUP', { code: null, signal: 'SIGHUP' }, 5000],
  ['own-handler', { code: 4 }, 5001],
];

describe.each(['stdout', 'file'])('the %s sink loses nothing', (sink) => {
  it.concurrent.each(endings)('at the ending %s', { timeout: 60_000 }, async (ending, expected, count) => {
    const path = join(folder, `${sink}-${ending}.log`);
    const end = await run(ending, sink, path);
    expect(end).toMatchObject(expected);
    expectAllLines(sink === 'file' ? readFileSync(path, 'utf8') : end.output, count);
  });
});

describe('a slow reader', () => {
  it.concurrent.each(['exit', 'SIGTERM'])(
    'gets every line at the ending %s',
    { timeout: 60_000 },
    async (ending) => {
      const end = await run(ending, 'stdout', '', true);
      expectAllLines(end.output, 5000);
    },
  );
});

describe('the stream sink', () => {
  // Not at `process.exit`: a stream on a full pipe keeps the rest for the next turn, which never comes.
  it.concurrent.each(['normal', 'SIGTERM'])(
    'hands all lines to process.stdout at the ending %s',
    { timeout: 60_000 },
    async (ending) => {
      const end = await run(ending, 'stream', '');
      expectAllLines(end.output, 5000);
    },
  );
});
