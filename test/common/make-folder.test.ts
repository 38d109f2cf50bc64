import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { makeFolder } from '../../src/common/make-folder.js';
import { diskSpool } from '../../src/common/spool/index.js';
import { fileSink } from '../../src/logs/index.js';

const root = mkdtempSync(join(tmpdir(), 'telltale-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('makes a folder and those above it, and takes one that is there', () => {
  const path = join(root, 'a', 'b', 'c');
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
  makeFolder('.');
  makeFolder('/');
});

it('fails where a file stands in the way', () => {
  makeFolder(root);
  writeFileSync(join(root, 'file'), '');
  expect(() => makeFolder(join(root, 'file'))).toThrow('EEXIST');
  expect(() => makeFolder(join(root, 'file', 'below'))).toThrow('ENOTDIR');
});

it.runIf(process.platform === 'linux')('comes back where nothing can be made', () => {
  expect(() => makeFolder('/proc/none/below')).toThrow('ENOENT');
  expect(() => diskSpool({ directory: '/proc/none/spool' })).toThrow('directory is "/proc/none/spool"');
  expect(() => fileSink({ path: '/proc/none/app.log', mkdir: true })).toThrow('path is "/proc/none/app.log"');
});
