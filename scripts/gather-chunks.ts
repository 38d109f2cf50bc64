import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Plugin, type RollupBuild, rollup } from 'rollup';

/** The doors whose common modules are gathered: the whole library, and one signal of it. */
const WHOLE = 'index';
const PILLARS = ['logs', 'metrics', 'trace'];
/** Doors that need much of what is no pillar, and not OpenTelemetry's API, which the rest loads. */
const OBJECTIVES = ['slo', 'query'];

/**
 * Gathers the chunks of a build with splitting into few files.
 *
 * esbuild makes a chunk for every set of doors that share modules: with some forty doors, `index.js` alone
 * imported fifty files, and finding and linking those took longer than running them (ESM, Node 20: 56 ms to import
 * the fifty, 35 ms to import eight with the same code; OpenTelemetry's API, which is part of both, takes 23).
 * What `telltale` needs is therefore split by pillar only: a chunk for each, one for what pillars share, one for what
 * objectives need besides, one for the rest. Whoever imports one pillar still loads nothing that belongs to another,
 * and objectives do not load OpenTelemetry's API. Other chunks stay as they are.
 */
export async function gatherChunks(dist: string, entries: readonly string[]): Promise<void> {
  const file = (entry: string) => resolve(dist, `${entry}.js`);
  const bundle = await rollup({
    input: Object.fromEntries(entries.map((entry) => [entry, file(entry)])),
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    plugins: [withSourceMaps],
    // package.json says it to those who use the package; here nobody reads that.
    treeshake: { moduleSideEffects: false },
  });
  try {
    const esm = await generate(bundle, 'es', file);
    const cjs = await generate(bundle, 'cjs', file);
    const old = builtFiles(dist);
    for (const [name, content] of [...esm, ...cjs]) {
      // Written in place: the program of the package stays executable.
      writeFileSync(join(dist, name), content);
      old.delete(name);
    }
    for (const name of old) rmSync(join(dist, name));
  } finally {
    await bundle.close();
  }
}

async function generate(
  bundle: RollupBuild,
  format: 'es' | 'cjs',
  file: (entry: string) => string,
): Promise<Map<string, string | Uint8Array>> {
  const extension = format === 'es' ? 'js' : 'cjs';
  let groups: ReadonlyMap<string, string> | undefined;
  const { output } = await bundle.generate({
    format,
    sourcemap: true,
    exports: 'named',
    esModule: true,
    interop: 'auto',
    entryFileNames: `[name].${extension}`,
    chunkFileNames: ({ name }) => `${name.startsWith('chunk-') ? name : `chunk-${name}`}-[hash].${extension}`,
    // Imports of what an import imports are for browsers that fetch over a network.
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    manualChunks: (id, { getModuleInfo }) => {
      groups ??= groupsOf(file, (module) => getModuleInfo(module)?.importedIds ?? []);
      return groups.get(id);
    },
  });
  return new Map(
    output.map((part) => [part.fileName, part.type === 'chunk' ? part.code : part.source] as const),
  );
}

/** For each module that the whole library loads: the one pillar that reaches it too, several, objectives, or none. */
function groupsOf(
  file: (entry: string) => string,
  importsOf: (module: string) => readonly string[],
): ReadonlyMap<string, string> {
  const reachedBy = PILLARS.map((pillar) => [pillar, reach(file(pillar), importsOf)] as const);
  const objectives = OBJECTIVES.map((entry) => reach(file(entry), importsOf));
  const groups = new Map<string, string>();
  for (const module of reach(file(WHOLE), importsOf)) {
    const pillars = reachedBy.filter(([, modules]) => modules.has(module)).map(([pillar]) => pillar);
    const isOfObjectives = objectives.some((modules) => modules.has(module));
    groups.set(module, nameOf(pillars, isOfObjectives));
  }
  return groups;
}

function nameOf(pillars: readonly string[], isOfObjectives: boolean): string {
  if (pillars.length === 0) return isOfObjectives ? 'objectives' : 'telemetry';
  return pillars.length === 1 ? pillars[0]! : 'common';
}

function reach(from: string, importsOf: (module: string) => readonly string[]): Set<string> {
  const reached = new Set([from]);
  for (const module of reached) for (const next of importsOf(module)) reached.add(next);
  return reached;
}

/** Hands the source maps of the chunks on, so that the new ones lead to the sources. */
const withSourceMaps: Plugin = {
  name: 'source-maps',
  load: (id) => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }),
};

/** The scripts and source maps of a build, not its types. */
function builtFiles(dist: string): Set<string> {
  const names = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.c?js(\.map)?$/.test(entry.name))
    .map((entry) => relative(dist, join(entry.parentPath, entry.name)));
  return new Set(names);
}
