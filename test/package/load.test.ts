import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { type Door, doors } from '../../scripts/doors.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The packages and modules of Node that importing a door loads at once. */
async function loadedBy(door: Door): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [doors[door]],
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    outdir: 'nowhere',
    write: false,
    metafile: true,
  });
  const loaded = new Set<string>();
  const visited = new Set<string>();
  const visit = (output: string): void => {
    if (visited.has(output)) return;
    visited.add(output);
    for (const { path, kind, external } of metafile.outputs[output]!.imports) {
      if (kind !== 'import-statement') continue;
      if (external) loaded.add(path);
      else visit(path);
    }
  };
  visit(
    Object.keys(metafile.outputs).find((output) => metafile.outputs[output]!.entryPoint === doors[door])!,
  );
  return [...loaded].sort();
}

describe('importing a door', () => {
  it.each(['./logs', './metrics', './log-store'] as const)(
    '%s does not load the API, which takes longer than it',
    async (door) => {
      expect(await loadedBy(door)).not.toContain('@opentelemetry/api');
    },
  );

  it.each(['.', './logs', './trace', './metrics'] as const)(
    '%s loads no networking of Node',
    async (door) => {
      const heavy = /^node:(http|https|http2|net|tls|dgram|crypto|zlib|worker_threads|child_process)$/;
      expect((await loadedBy(door)).filter((name) => heavy.test(name))).toEqual([]);
    },
  );

  it.each(['./slo', './query', './testing'] as const)(
    '%s loads neither YAML nor the automata of RE2, which take longer than all else of it',
    async (door) => {
      expect(await loadedBy(door)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(yaml|re2js)$/)]),
      );
    },
  );

  it.each(['./slo', './query'] as const)('%s does not load the API', async (door) => {
    expect(await loadedBy(door)).not.toContain('@opentelemetry/api');
  });
});

describe('a bundle of the query door, with no node_modules beside it', () => {
  it('has the automata that some expressions need', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'telltale-bundle-'));
    try {
      const program = `
        import { embeddedSource, loadSeries, TimeSeriesStore } from 'telltale/query';
        const store = new TimeSeriesStore({ retention: Infinity });
        loadSeries(store, { step: 60_000 }, 'x{path="/Aa/b/c"} 1');
        const ask = async (query) => (await embeddedSource(store).query(query, { time: 0 })).samples.length;
        console.log([
          await ask('x{path=~"(?i)/aA/.+/.+"}'),
          await ask('x{path!~"(?i)/aA/.+/.+"}'),
          await ask('label_replace(x, "y", "$1", "path", "(.*)/c") == on (y) vector(1)'),
        ].join());
      `;
      await build({
        stdin: { contents: program, resolveDir: root, loader: 'js' },
        absWorkingDir: root,
        bundle: true,
        format: 'esm',
        platform: 'node',
        outfile: join(folder, 'program.mjs'),
      });
      writeFileSync(join(folder, 'package.json'), '{}');
      const { stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ stdout, stderr }).toEqual({ stdout: '1,0,0\n', stderr: '' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
