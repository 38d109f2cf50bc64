import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import packageJson from '../../../package.json';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

const execute = promisify(execFile);

/** Runs a program to its end and hands back what it printed; rejects if it fails or takes longer than ten minutes. */
export async function run(
  file: string,
  args: readonly string[],
  cwd: string,
  timeout = 600_000,
): Promise<string> {
  // A clean environment: npm tells the scripts it starts a lot that a user's program would not see.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITE)/i.test(name)),
  );
  try {
    const { stdout } = await execute(file, args, { cwd, env, timeout, maxBuffer: 64 << 20 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(' ')}\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error });
  }
}

/** An empty folder outside the repository, and how to remove it. */
export async function emptyFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Builds, where the last build is older than the sources, and packs the package; the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  if (!(await isBuilt())) await run('npm', ['run', 'build'], root);
  await run('npm', ['pack', '--pack-destination', folder], root);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  return join(folder, tarball!);
}

/** A project that has installed the packages, as a user's has. */
export async function install(folder: string, name: string, packages: readonly string[]): Promise<string> {
  const project = join(folder, name);
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name, private: true }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], project);
  return project;
}

async function isBuilt(): Promise<boolean> {
  const sources = ['package.json', 'tsup.config.ts', 'scripts/doors.ts'].map((file) => join(root, file));
  const files = await readdir(join(root, 'src'), { recursive: true });
  const made = await timesOf(files.map((file) => join(root, 'src', file)).concat(sources));
  // The types are built last, and the build begins by emptying the folder.
  const types = Object.values(packageJson.exports).flatMap((door) =>
    typeof door === 'string' ? [] : [join(root, door.require.types)],
  );
  const built = await timesOf(types).catch(() => [0]);
  return Math.min(...built) > Math.max(...made);
}

async function timesOf(files: readonly string[]): Promise<number[]> {
  return Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
}
