import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, install, pack, run } from './support/packed.js';

/** An application bundled into one file runs anywhere, without node_modules beside it. */

const APP = `
  import { Logger, stdoutSink } from 'telltale/logs';
  import { Counter, Registry } from 'telltale/metrics';
  import { SimpleSpanProcessor, TracerProvider } from 'telltale/trace';

  const ended = [];
  const exporter = {
    export(spans, done) {
      ended.push(...spans.map((span) => span.name));
      done({ code: 0 });
    },
    shutdown: async () => {},
    forceFlush: async () => {},
  };
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const registry = new Registry();
  const orders = new Counter({ name: 'orders_total', help: 'Orders.', labelNames: ['kind'], registers: [registry] });
  const logger = new Logger({ sinks: [stdoutSink()] });

  async function main() {
    provider.getTracer('app').startSpan('place order').end();
    orders.inc({ kind: 'book' });
    await provider.forceFlush();
    const text = await registry.metrics();
    logger.info('order placed', { spans: ended, text });
    await logger.flush();
    await provider.shutdown();
  }
  main();
`;

let temporary: Awaited<ReturnType<typeof emptyFolder>>;
let project: string;

beforeAll(async () => {
  temporary = await emptyFolder();
  const tarball = await pack(temporary.folder);
  project = await install(temporary.folder, 'bundled', [tarball, '@opentelemetry/api']);
  await writeFile(join(project, 'app.js'), APP);
});

afterAll(() => temporary?.remove());

describe('esbuild', () => {
  it.each([
    { format: 'esm', file: 'app.mjs', minify: false },
    { format: 'cjs', file: 'app.cjs', minify: false },
    { format: 'cjs', file: 'app.min.cjs', minify: true },
  ] as const)('bundles an application to $file that runs by itself', async ({ format, file, minify }) => {
    const folder = join(temporary.folder, `only-${file}`);
    await mkdir(folder);
    const { warnings } = await build({
      absWorkingDir: project,
      entryPoints: ['app.js'],
      bundle: true,
      platform: 'node',
      target: 'node20',
      format,
      minify,
      outfile: join(folder, file),
      logLevel: 'silent',
    });
    expect(warnings).toEqual([]);
    const line = JSON.parse(await run(process.execPath, [file], folder));
    expect(line).toMatchObject({ level: 'info', msg: 'order placed', spans: ['place order'] });
    expect(line.text).toContain('orders_total{kind="book"} 1');
  });

  it('leaves out what an application does not use', async () => {
    await writeFile(
      join(project, 'small.js'),
      `import { Registry } from 'telltale'; console.log(Registry.name);`,
    );
    const { metafile } = await build({
      absWorkingDir: project,
      entryPoints: ['small.js'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
      outdir: 'out',
      logLevel: 'silent',
    });
    const { imports } = Object.values(metafile.outputs)[0]!;
    expect(imports.map(({ path }) => path).filter((path) => /http|net|tls|fs/.test(path))).toEqual([]);
  });
});
