import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildEndings, type End, expectAllLines, readAll } from '../logs/lib/endings.js';

/** The delivery promise: each way in which a process can end, times each sink and buffering mode. */
const programs = buildEndings();
afterAll(() => programs.remove());

const toPipe = ['stdout', 'stdout, 1 s', 'stdout, unbuffered', 'stderr', 'stream of stdout'];
const toFile = [
  'file',
  'file, 1 s',
  'file, unbuffered',
  'file, thread',
  'rotating',
  'rotating, thread',
  'stream of a file',
  'several',
];

const endings: [string, Partial<End>][] = [
  ['normal', { code: 0 }],
  ['exit', { code: 3 }],
  ['throw', { code: 1 }],
  ['rejection', { code: 1 }],
  ['SIGTERM', { code: null, signal: 'SIGTERM' }],
  ['SIGINT', { code: null, signal: 'SIGINT' }],
];

function written({ output, warnings }: End, mode: string, path: string): string {
  if (toFile.includes(mode)) return readAll(path);
  if (mode !== 'stderr') return output;
  const lines = warnings.split('\n').filter((line) => line.startsWith('{"time"'));
  return lines.map((line) => `${line}\n`).join('');
}

describe.each([...toPipe, ...toFile])('%s', (mode) => {
  it.each(endings)('loses nothing at the ending %s', async (ending, expected) => {
    const path = join(programs.folder, `${mode} ${ending}.log`);
    const end = await programs.run(ending, mode, path);
    expect(end).toMatchObject(expected);
    expectAllLines(written(end, mode, path), 5000);
  });

  it('has every line up to the last error after kill -9', async () => {
    const path = join(programs.folder, `${mode} kill.log`);
    const end = await programs.run('SIGKILL', mode, path);
    expect(end.signal).toBe('SIGKILL');
    expectAllLines(written(end, mode, path), 5001, true);
  });
});

describe.each(['file', 'file, 1 s', 'file, unbuffered', 'file, thread', 'stream of a file'])(
  'a full disk under %s',
  (mode) => {
    it.each(['goes on', 'exit'])('harms nobody at the ending %s', async (ending) => {
      const begun = Date.now();
      const end = await programs.run(ending, mode, '/dev/full');
      expect(end).toMatchObject({ code: ending === 'exit' ? 3 : 5, signal: null });
      // What is told in the turn of `process.exit` is Node's to print, and it does not.
      if (ending !== 'exit') expect(end.warnings).toMatch(/cannot be written now; lines are kept.*ENOSPC/);
      expect(end.warnings).toMatch(/lost log lines \(broken\)/);
      expect(Date.now() - begun).toBeLessThan(5000);
    });
  },
);

describe.each(toPipe.filter((mode) => mode !== 'stderr'))('a full disk as %s', (mode) => {
  it('harms nobody', async () => {
    const full = openSync('/dev/full', 'w');
    const end = await programs.run('goes on', mode, '', { stdout: full });
    closeSync(full);
    expect(end).toMatchObject({ code: 5, signal: null });
    expect(end.warnings).toMatch(/lost log lines \(broken\)/);
  });
});

describe.each([...toPipe.filter((mode) => mode !== 'stderr'), 'stream, general'])(
  'a closed pipe under %s',
  (mode) => {
    it('harms nobody', async () => {
      const end = await programs.run('goes on', mode, '', { closes: true });
      expect(end).toMatchObject({ code: 5, signal: null });
      expect(end.warnings).toMatch(/takes no more lines/);
      expect(end.warnings).toMatch(/lost log lines \(broken\)/);
      for (const line of end.output.split('\n').slice(0, -1)) JSON.parse(line);
    });
  },
);

describe('the general stream', () => {
  // Not at `process.exit`: what the stream holds then is lost, which is why the other sinks exist.
  it.each(['normal', 'SIGTERM', 'SIGINT'])('loses nothing at the ending %s', async (ending) => {
    const end = await programs.run(ending, 'stream, general', '');
    expectAllLines(end.output, 5000);
  });
});
