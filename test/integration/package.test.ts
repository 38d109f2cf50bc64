import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json';
import { emptyFolder, install, pack, root, run } from './support/packed.js';

/** The package as it ships: packed, installed in an empty folder, imported through every door. */

/** Doors that load what their users have installed themselves. */
const peers: Readonly<Record<string, string>> = {
  'telltale/grpc': '@grpc/grpc-js',
  'telltale/compat/winston': 'winston-transport',
};

const doors = Object.keys(packageJson.exports)
  .filter((door) => door !== './package.json')
  .map((door) => `telltale${door.slice(1)}`)
  .filter((door) => peers[door] === undefined);

/** Both lines of the OpenTelemetry API that the package allows. */
const apis = ['1.9.1', '1.10.0'];

/** What the program in the other process found behind every door. */
interface Found {
  /** Door to the sorted names that it exports. */
  names: Record<string, string[]>;
  /** Names that two doors export as two different things. */
  torn: string[];
  /** What importing started, patched or left behind. */
  effects: string[];
}

const WITH_PEERS = 'with-peers';

let temporary: Awaited<ReturnType<typeof emptyFolder>>;
let tarball: string;
const projects: Record<string, string> = {};

beforeAll(async () => {
  temporary = await emptyFolder();
  tarball = await pack(temporary.folder);
  for (const api of apis) {
    const project = await install(temporary.folder, `with-api-${api}`, [
      tarball,
      `@opentelemetry/api@${api}`,
    ]);
    await writeProbes(project, doors);
    projects[api] = project;
  }
  const project = await install(temporary.folder, WITH_PEERS, [
    tarball,
    `@opentelemetry/api@${apis[0]}`,
    ...Object.values(peers),
  ]);
  await writeProbes(project, Object.keys(peers));
  projects[WITH_PEERS] = project;
  // Builds, packs, and installs three times.
}, 900_000);

afterAll(() => temporary?.remove());

describe('the tarball', () => {
  it('holds the built files with their types and the licence, and no source or test', async () => {
    const files = (await run('tar', ['-tzf', tarball], root)).trim().split('\n');
    expect(files).toContain('package/LICENSE');
    expect(files).toContain('package/package.json');
    for (const { import: esm, require: cjs } of Object.values(packageJson.exports).filter(
      (door): door is Exclude<typeof door, string> => typeof door !== 'string',
    )) {
      for (const file of [esm.types, esm.default, cjs.types, cjs.default]) {
        expect(files).toContain(`package/${file.slice(2)}`);
      }
    }
    expect(files.filter((file) => /^package\/(src|test|bench|node_modules)\//.test(file))).toEqual([]);
  });

  it.each(apis)('installs beside @opentelemetry/api %s and brings little', async (api) => {
    const lock = JSON.parse(await readFile(join(projects[api]!, 'package-lock.json'), 'utf8'));
    const installed = Object.keys(lock.packages).map((path) => path.slice('node_modules/'.length));
    // What only one door loads: typed events, regular expressions in linear time, YAML.
    const own = Object.keys(packageJson.dependencies).sort();
    expect(own).toEqual(['fast-json-stringify', 're2js', 'yaml']);
    expect(installed).toEqual(expect.arrayContaining(['telltale', '@opentelemetry/api', ...own]));
    const brought = installed.filter(
      (name) => name !== '' && !['telltale', '@opentelemetry/api', ...own].includes(name),
    );
    const { dependencies } = lock.packages['node_modules/fast-json-stringify'];
    for (const name of Object.keys(dependencies)) expect(brought).toContain(name);
    // The rest belongs to ajv, with which it checks schemas.
    expect(brought.length).toBeLessThanOrEqual(12);
    expect(lock.packages['node_modules/@opentelemetry/api'].version).toBe(api);
  });
});

describe.each(['current', '22', '24'])('on Node %s', (version) => {
  let node: string;

  beforeAll(async () => {
    node =
      version === 'current'
        ? process.execPath
        : (
            await run(
              'npx',
              ['-y', '-p', `node@${version}`, 'node', '-p', 'process.execPath'],
              temporary.folder,
            )
          ).trim();
  });

  it('is that version', async () => {
    expect(await run(node, ['-p', 'process.version'], temporary.folder)).toMatch(
      version === 'current' ? process.version : `v${version}.`,
    );
  });

  it.each(apis)('every door opens by import and by require, with api %s', async (api) => {
    const esm: Found = JSON.parse(await run(node, ['esm.mjs'], projects[api]!));
    const cjs: Found = JSON.parse(await run(node, ['cjs.cjs'], projects[api]!));
    expect(Object.keys(esm.names)).toEqual(doors);
    expect(cjs.names).toEqual(esm.names);
    for (const found of [esm, cjs]) {
      expect(found.torn).toEqual([]);
      expect(found.effects).toEqual([]);
    }
  });
});

describe('what takes long to load', () => {
  it.each(['telltale/slo', 'telltale/query'])('is not loaded by %s', async (door) => {
    const program = `require('${door}'); console.log(Object.keys(require.cache).join('\\n'))`;
    const files = await run(process.execPath, ['-e', program], projects[apis[0]!]!);
    const packages = files.split('\n').map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
    expect([...new Set(packages)].filter(Boolean)).toEqual(['telltale']);
  });
});

describe('a door that has a peer', () => {
  it('opens where the peer is installed, and exports the same by import and by require', async () => {
    for (const file of ['esm.mjs', 'cjs.cjs']) {
      const { names, torn }: Found = JSON.parse(await run(process.execPath, [file], projects[WITH_PEERS]!));
      expect(Object.keys(names)).toEqual(Object.keys(peers));
      expect(names['telltale/grpc']).toEqual(['grpcClientInterceptor', 'grpcServerInterceptor']);
      expect(torn).toEqual([]);
    }
  });
});

describe('the types', () => {
  const compilers = { esm: 'consumer.mts', cjs: 'consumer.cts' };

  it.each(Object.entries(compilers))(
    'compile for %s, as strictly as it gets, without skipLibCheck',
    async (_, file) => {
      const project = projects[apis[0]!]!;
      const withoutFrameworks = doors.filter((door) => !/express|fastify|vitest/.test(door));
      const imports = withoutFrameworks.map((door, index) => `import * as door${index} from '${door}';`);
      const uses = `export const all = [${withoutFrameworks.map((_door, index) => `door${index}`).join(', ')}];`;
      await writeFile(join(project, file), [...imports, uses].join('\n'));
      const compiler = join(root, 'node_modules/typescript/bin/tsc');
      const types = join(root, 'node_modules/@types');
      await run(
        process.execPath,
        // biome-ignore format: one option a line says no more
        [compiler, '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--module', 'node16', '--target', 'es2022',
        '--lib', 'es2022,esnext.disposable', '--types', 'node', '--typeRoots', types, file],
        project,
      );
    },
  );
});

async function writeProbes(project: string, doors: readonly string[]): Promise<void> {
  await writeFile(join(project, 'esm.mjs'), probe('(door) => import(door)', doors));
  await writeFile(join(project, 'cjs.cjs'), `(async () => {${probe('require', doors)}})();`);
}

/**
 * The program that looks behind the doors. It ends only if nothing that it imported keeps the process alive:
 * there is no call to `process.exit` in it.
 */
function probe(load: string, doors: readonly string[]): string {
  return `
    // Imported first: on Node 22 and later that alone opens standard error.
    const { default: http } = await import('node:http');
    const state = () => ({
      // Without the files that Node itself still closes behind the imports.
      resources: process.getActiveResourcesInfo().filter((name) => !/Req/.test(name)).sort().join(),
      globals: Object.getOwnPropertyNames(globalThis).sort().join(),
      fetch: globalThis.fetch,
      promise: globalThis.Promise,
      listeners: process.eventNames().map((name) => String(name) + process.listenerCount(name)).sort().join(),
      request: http.request,
      emit: http.Server.prototype.emit,
      stdout: process.stdout.write,
      log: console.log,
    });
    process.stdout.write(''); // opens the pipe, which then is there before and after
    const before = state();
    const load = ${load};
    const doors = {};
    for (const door of ${JSON.stringify(doors)}) doors[door] = await load(door);
    const after = state();
    const effects = Object.keys(before).filter((name) => before[name] !== after[name])
      .map((name) => name + ': ' + String(before[name]) + ' -> ' + String(after[name]));
    const registered = Object.getOwnPropertySymbols(globalThis).map(String).filter((name) => name.includes('opentelemetry'));
    for (const name of registered) {
      const api = globalThis[Symbol.for(name.slice('Symbol('.length, -1))];
      effects.push(...Object.keys(api).filter((key) => key !== 'version').map((key) => 'registered as global ' + key));
    }
    const names = {};
    const seen = new Map();
    const torn = [];
    for (const [door, exported] of Object.entries(doors)) {
      names[door] = Object.keys(exported).filter((name) => name !== 'default' && name !== '__esModule' && name !== 'module.exports').sort();
      // Doors under compat bear the names of other libraries.
      if (door.includes('/compat/')) continue;
      for (const name of names[door]) {
        if (seen.has(name) && seen.get(name).value !== exported[name]) torn.push(name + ': ' + seen.get(name).door + ', ' + door);
        seen.set(name, { door, value: exported[name] });
      }
    }
    console.log(JSON.stringify({ names, torn, effects }));
  `;
}
