import { createReadStream, createWriteStream } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

/** The files that a rotating file left behind: how they are called, compressed, and taken away. */
export class RotatedFiles {
  readonly #folder: string;
  readonly #stem: string;
  readonly #ext: string;
  readonly #keep: number;
  readonly #gzip: boolean;
  /** One round after the other, so that no file is compressed twice at once. */
  #work: Promise<void> = Promise.resolve();
  /** A round is waiting for its turn; it sees to whatever is there by then. */
  #waits = false;

  constructor(path: string, keep: number, gzip: boolean) {
    this.#folder = dirname(path);
    this.#ext = extname(path);
    this.#stem = basename(path, this.#ext);
    this.#keep = keep;
    this.#gzip = gzip;
  }

  /** `app.log`, rotated at that moment: `app.2026-11-21T20-30-00-123Z.log`. */
  nameOf(time: number): string {
    const stamp = new Date(time).toISOString().replace(/[:.]/g, '-');
    return join(this.#folder, `${this.#stem}.${stamp}${this.#ext}`);
  }

  /** Compresses what is to be compressed and removes what is too much, in the background. */
  tidy(failed: (error: unknown) => void): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#work = this.#work.then(() => this.#round()).catch(failed);
  }

  settled(): Promise<void> {
    return this.#work;
  }

  async #round(): Promise<void> {
    this.#waits = false;
    const { readdir, rm } = await import('node:fs/promises');
    const names = (await readdir(this.#folder)).filter((name) => this.#isRotated(name)).sort();
    const surplus = names.splice(0, Math.max(0, names.length - this.#keep));
    for (const name of surplus) await rm(join(this.#folder, name), { force: true });
    if (!this.#gzip) return;
    for (const name of names) if (!name.endsWith('.gz')) await compress(join(this.#folder, name));
  }

  #isRotated(name: string): boolean {
    const plain = name.endsWith('.gz') ? name.slice(0, -3) : name;
    if (!plain.startsWith(`${this.#stem}.`) || !plain.endsWith(this.#ext)) return false;
    const stamp = plain.slice(this.#stem.length + 1, plain.length - this.#ext.length);
    return /^[+-]?\d{4,6}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/.test(stamp);
  }
}

/** The compressed file appears under its name only when it is whole; until then the plain one stays. */
async function compress(path: string): Promise<void> {
  const { rename, rm, stat } = await import('node:fs/promises');
  const { pipeline } = await import('node:stream/promises');
  const { createGzip } = await import('node:zlib');
  const unfinished = `${path}.gz.part`;
  const { size } = await stat(path);
  await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished));
  if ((await stat(path)).size !== size) {
    // Somebody still writes to it; the next round comes again.
    await rm(unfinished, { force: true });
    return;
  }
  await rename(unfinished, `${path}.gz`);
  await rm(path, { force: true });
}
