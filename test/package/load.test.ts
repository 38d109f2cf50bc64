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
});
