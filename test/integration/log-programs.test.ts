import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** What logging does to its host, in processes of their own. Delays are not asked for here: the machine is shared. */
async function program(name: string, ...args: string[]): Promise<Record<string, number>> {
  const file = fileURLToPath(new URL(`../../bench/programs/${name}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--import',
    'tsx',
    file,
    ...args,
  ]);
  return JSON.parse(stdout) as Record<string, number>;
}

describe('many lines to a file', () => {
  it.each([['plain'], ['thread']])('are all there, and memory hardly grows: %s', async (mode) => {
    const { whole, grownMB } = await program('million-lines', '200000', mode);
    expect(whole).toBe(200_000);
    expect(grownMB).toBeLessThan(32);
  });
});

describe('100,000 lines in a store', () => {
  it('take less than 60 MB', async () => {
    const { records, storeMB, processMB } = await program('log-store-memory');
    expect(records).toBe(100_000);
    expect(storeMB).toBeLessThan(60);
    expect(processMB).toBeLessThan(60);
  });
});
