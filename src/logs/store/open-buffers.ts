import { LineBuffer } from '../line-buffer.js';

/** Bytes that kept memory is a multiple of, so that it fits again; and how much of it waits to be used again. */
const GRAIN = 16_384;
const MAX_SPARE = 2;

/**
 * What a segment is filled through, handed on from one to the next: memory that was just used is in the caches and
 * known to the kernel. Fresh buffers for each segment made a record 60 % dearer.
 */
export class OpenBuffers {
  data = new LineBuffer();
  text = new LineBuffer();
  /** Bytes beyond which a buffer that one huge record made grow is given up. */
  readonly #most: number;
  /** What segments that had to go were kept in. */
  readonly #spare: Buffer[] = [];
  #spareBytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.data.bytes.length + this.text.bytes.length + this.#spareBytes;
  }

  reset(): void {
    if (this.bytes > this.#most) {
      this.data = new LineBuffer();
      this.text = new LineBuffer();
    }
    this.data.end = 0;
    this.text.end = 0;
  }

  /**
   * A copy of the bytes, in memory of an earlier segment where that fits. A full store that asks for new memory all
   * the time has the garbage collector run all the time.
   */
  keep(bytes: Buffer): Buffer {
    const { length } = bytes;
    const fitting = this.#spare.findIndex((spare) => spare.length >= length && spare.length < length * 1.5);
    const [spare] = fitting < 0 ? [] : this.#spare.splice(fitting, 1);
    this.#spareBytes -= spare?.length ?? 0;
    const kept = spare ?? Buffer.allocUnsafeSlow(Math.ceil(length / GRAIN) * GRAIN);
    kept.set(bytes);
    return kept;
  }

  recycle(buffer: Buffer | undefined): void {
    if (buffer === undefined || this.#spare.length === MAX_SPARE) return;
    this.#spare.push(buffer);
    this.#spareBytes += buffer.length;
  }
}
