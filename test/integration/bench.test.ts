import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, root, run } from './support/packed.js';

/** Every line of `npm run bench` runs and is reported; what it measures, no test asks. */

let temporary: Awaited<ReturnType<typeof emptyFolder>>;

beforeAll(async () => {
  temporary = await emptyFolder();
});

afterAll(() => temporary?.remove());

const bench = (...args: string[]) => run('npm', ['run', '--silent', 'bench', '--', ...args], root, 540_000);

describe('npm run bench', () => {
  it('measures every line that it lists, prints one table and writes the JSON', async () => {
    const names = (await bench('--list')).trim().split('\n');
    expect(new Set(names).size).toBe(names.length);

    const file = join(temporary.folder, 'bench.json');
    const table = (await bench('--quick', '--json', file)).trimEnd().split('\n');
    expect(table.slice(2).map((row) => names.find((name) => row.startsWith(`${name}  `)))).toEqual(names);

    const lines: Record<string, unknown>[] = JSON.parse(await readFile(file, 'utf8'));
    expect(lines.map(({ name }) => name)).toEqual(names);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['name', 'ours', 'peer', 'ns', 'peerNs', 'ratio']);
      expect([line.ours, line.peer].every((name) => typeof name === 'string' && name !== '')).toBe(true);
      expect([line.ns, line.peerNs, line.ratio].every((figure) => Number(figure) > 0)).toBe(true);
    }
  }, 600_000);

  it('says which lines there are when a pattern matches none', async () => {
    await expect(bench('--only', 'no such line')).rejects.toThrow(/matches none of these lines:\n {2}\S/);
  });

  it('names an option that it does not know', async () => {
    await expect(bench('--wat')).rejects.toThrow(/--wat.*Usage/s);
  });
});
