import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildEndings, type End, expectAllLines, readAll } from './lib/endings.js';

/**
 * Real processes that log 5,000 lines in one go and end: every line must be there, whole and in order. This is the
 * core; `test/integration/delivery.test.ts` has every sink and buffering mode.
 */
const programs = buildEndings();
afterAll(() => programs.remove());

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

describe.each(['stdout', 'file', 'stream of stdout'])('the sink %s loses nothing', (mode) => {
  it.concurrent.each(endings)('at the ending %s', async (ending, expected, count) => {
    const path = join(programs.folder, `${mode} ${ending}.log`);
    const end = await programs.run(ending, mode, path);
    expect(end).toMatchObject(expected);
    expectAllLines(mode === 'file' ? readAll(path) : end.output, count);
  });
});

describe('a slow reader', () => {
  it.concurrent.each([
    ['exit', 'stdout'],
    ['SIGTERM', 'stdout'],
    ['exit', 'stream of stdout'],
    ['SIGTERM', 'stream, general'],
  ])('gets every line at the ending %s of %s', async (ending, mode) => {
    const end = await programs.run(ending, mode, '', { pause: 700 });
    expectAllLines(end.output, 5000);
  });
});
