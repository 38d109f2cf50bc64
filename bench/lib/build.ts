import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bench = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The order of the table; files that are not named here come after, by name. */
const ORDER = ['logs', 'trace', 'metrics', 'otlp', 'fastify', 'load'];

export interface Built {
  runner: string;
  /** The built files of `bench/lines`, in the order of the table. */
  lines: string[];
  remove(): void;
}

/**
 * Builds the benchmarks and the library the way the library ships: esbuild, the target of `tsup.config.ts`,
 * nothing minified, every package left outside. Running the sources under tsx would measure something else:
 * to keep names it calls `Object.defineProperty` wherever a function is made, which took 440 ns where the
 * built code takes 16 (a callback made and called once, Node 20.20), and it does so to our sources but not
 * to the peers in node_modules.
 */
export async function buildBench(): Promise<Built> {
  const names = readdirSync(join(bench, 'lines'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));

  // Under node_modules, so that the built files find the peers and no tool looks at them.
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'telltale-bench-'));
  const remove = () => rmSync(outdir, { recursive: true, force: true });
  try {
    await build({
      absWorkingDir: root,
      entryPoints: {
        runner: join(bench, 'lib/runner.ts'),
        ...Object.fromEntries(names.map((name) => [`lines/${name}`, join(bench, `lines/${name}.ts`)])),
        ...Object.fromEntries(programs().map((name) => [name, join(bench, `programs/${name}.ts`)])),
      },
      outdir,
      bundle: true,
      splitting: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      logLevel: 'warning',
      outExtension: { '.js': '.mjs' },
    });
  } catch (error) {
    remove();
    throw error;
  }
  return {
    runner: join(outdir, 'runner.mjs'),
    lines: names.map((name) => join(outdir, 'lines', `${name}.mjs`)),
    remove,
  };
}

/** Programs that lines start as processes of their own; a line finds them beside its own folder. */
function programs(): string[] {
  const folder = join(bench, 'programs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
}
