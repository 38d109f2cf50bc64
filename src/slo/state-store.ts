import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../common/make-folder.js';
import { checkString } from '../common/options.js';

/** Where the state of objectives is kept between two runs of a process: one text. */
export interface StateStore {
  /** What was saved last; `undefined` where nothing was. */
  load(): Promise<string | undefined>;
  /** Keeps the text in place of the one before, whole or not at all. */
  save(text: string): Promise<void>;
  /** Puts away what could not be read, so that it is not written over and somebody can look at it. */
  setAside?(): Promise<void>;
}

/**
 * Keeps the state in a file. It is written beside it, flushed to the disk, and then put in its place, so that a
 * process that is killed at any moment leaves the old state or the new one. One file belongs to one process.
 */
export function fileStateStore(path: string): StateStore {
  checkString('fileStateStore', 'path', path, '');
  return {
    async load() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async setAside() {
      await rename(path, `${path}.unreadable`);
    },
    async save(text) {
      const beside = `${path}.${process.pid}.new`;
      makeFolder(dirname(path));
      try {
        const file = await open(beside, 'w', 0o600);
        try {
          await file.writeFile(text);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
    },
  };
}
