import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rename, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * Folders belong to processes: the name of each says to whom, so that no lock file is needed and none is left
 * behind. A folder is taken over by renaming it, which only one of several that try can do.
 *
 *     PID-START-HOST-TOKEN      what this process keeps; START tells a process from a later one of the same number
 *     PID-START-HOST-TOKEN.N    what it took over
 *     free-TOKEN                what a process left behind when it was shut down
 */
export function ownName(): string {
  return `${process.pid}-${startOf('self') ?? 0}-${hostHash()}-${token()}`;
}

export function freeName(): string {
  return `free-${token()}`;
}

/** Milliseconds after which a folder of another host that was not touched counts as left behind. */
const FOREIGN_LIFE = 600_000;

/** Milliseconds after which a folder that is in use is touched again. */
export const TOUCH_INTERVAL = 60_000;

export interface TakeOver {
  /** New names of the folders that were taken over, the oldest first. */
  readonly names: string[];
  /** There are folders of others, whose processes live or may live. */
  readonly others: boolean;
}

/**
 * Takes over the folders whose processes are gone.
 *
 * @param own the name of this process's own folder
 * @param taken how many it has taken over before
 */
export async function takeOver(parent: string, own: string, taken: number): Promise<TakeOver> {
  const found: { name: string; time: number }[] = [];
  let others = false;
  for (const name of await readdir(parent)) {
    if (name.startsWith(own)) continue;
    try {
      const { mtimeMs } = await stat(join(parent, name));
      // By the host's clock, as files are, and not by one that was handed in.
      if (isAbandoned(name, Date.now() - mtimeMs)) found.push({ name, time: mtimeMs });
      else others = true;
    } catch {} // somebody else was quicker
  }
  found.sort((a, b) => a.time - b.time);
  const names: string[] = [];
  for (const { name } of found) {
    const mine = `${own}.${taken + names.length + 1}`;
    try {
      await rename(join(parent, name), join(parent, mine));
      names.push(mine);
    } catch {}
  }
  return { names, others };
}

function isAbandoned(name: string, untouched: number): boolean {
  const owner = name.split('.')[0]!;
  if (owner.startsWith('free-')) return true;
  const [pid = '', start, host] = owner.split('-');
  if (!/^\d+$/.test(pid)) return false; // none of ours
  if (host !== hostHash()) return untouched > FOREIGN_LIFE;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const since = startOf(pid);
  return since !== undefined && start !== '0' && since !== start;
}

/** When a process began, in ticks since the host did; Linux tells. In a container every process may be number 1. */
function startOf(pid: string): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name of the program, in parentheses, and may hold anything.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function hostHash(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

function token(): string {
  return randomBytes(4).toString('hex');
}
