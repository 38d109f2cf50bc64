import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * A peer that cannot stand among the devDependencies, for it does not run on every Node that telltale does: fetched
 * by npm into a folder of its own below `node_modules/.cache`, where it finds its own copies of what it needs.
 */
export async function fetchedPackage<T>(
  name: string,
  folder: string,
  packages: readonly string[],
): Promise<T> {
  const place = join(process.cwd(), 'node_modules', '.cache', folder);
  const { resolve } = createRequire(join(place, 'index.js'));
  try {
    resolve(name);
  } catch {
    mkdirSync(place, { recursive: true });
    const options = ['--prefix', place, '--no-save', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...options, ...packages], { stdio: 'ignore' });
  }
  return (await import(pathToFileURL(resolve(name)).href)) as T;
}
