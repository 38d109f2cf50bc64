import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it that are missing. A folder that is there already is fine.
 *
 * Not by Node's `recursive`: where making something in a folder fails with ENOENT though the folder exists, as in
 * `/proc`, that never comes back (Node 20).
 *
 * @throws The error of the file system.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && above !== path && !existsSync(above)) {
      makeFolder(above);
      makeFolder(path);
    } else if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
