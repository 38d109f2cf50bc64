/**
 * Completes `package-lock.json`: run `npm run lock` after every `npm install` that changed it.
 *
 * Tools that ship a binary name one optional package for each platform. A registry that does not carry all of
 * them makes `npm install` leave those out of the lock file without a word, and `npm ci` then refuses the lock
 * file, on every machine. Here they get the entry that they would have, all but the checksum: enough for
 * `npm ci` to see that they are for other platforms and to skip them.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const SYSTEMS = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');

const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name) || !/^\d+\.\d+\.\d+$/.test(version)) continue;
    // The builds of a tool lie beside it, wherever in the tree that is.
    const place = `${path.slice(0, path.lastIndexOf('node_modules/'))}node_modules/${name}`;
    const platform = platformOf(name);
    if (platform === undefined) continue;
    lock.packages[place] = {
      version,
      ...(platform.cpu === undefined ? {} : { cpu: [platform.cpu] }),
      ...(entry.dev ? { dev: true } : {}),
      ...(platform.libc === undefined ? {} : { libc: [platform.libc] }),
      optional: true,
      os: [platform.os],
    };
    added.push(place);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} entries added`);

/** Whether Node's resolution from `path` finds an entry: in its own `node_modules` or in one further up. */
function isLocked(path, name) {
  for (let place = path; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    if (`${place === '' ? '' : `${place}/`}node_modules/${name}` in lock.packages) return true;
    if (place === '') return false;
  }
}

/** `@rollup/rollup-linux-x64-musl` is for Linux on x64 with musl. */
function platformOf(name) {
  const parts = name.split(/[/-]/);
  const at = parts.findIndex((part) => SYSTEMS.includes(part));
  if (at < 0) return undefined;
  const [os, cpu, abi = ''] = parts.slice(at);
  const libc = abi.startsWith('musl') ? 'musl' : abi.startsWith('gnu') ? 'glibc' : undefined;
  return { os, cpu, libc: os === 'linux' ? libc : undefined };
}
