import { type BlockAddress, type BlockHead, readHead, unpack } from './block.js';
import type { SampleBuffer } from './sample-buffer.js';

/** Addresses are slab number × this + offset; no slab but an oversized one is larger. */
const ADDRESS_SPAN = 2 ** 20;

interface Slab {
  readonly bytes: Uint8Array;
  used: number;
  /** The time of the newest sample in it. */
  maxTime: number;
}

/**
 * The bytes of all packed blocks, in a log of slabs: blocks are put behind one another as they are packed, by all
 * series in turn. The oldest slab is dropped whole once all in it is too old, or bytes run short. So ten thousand
 * series own no buffers of their own, nothing is ever moved, and giving up old samples costs nothing.
 */
export class Arena {
  readonly #slabs: Slab[] = [];
  /** The number of the first slab that is still there. */
  #first = 0;
  #bytes = 0;
  readonly #slabSize: number;

  constructor(slabSize = 2 ** 18) {
    this.#slabSize = slabSize;
  }

  /** Bytes that blocks fill. Slabs may have some more. */
  get usedBytes(): number {
    return this.#slabs.reduce((sum, slab) => sum + slab.used, 0);
  }

  store(block: Uint8Array, maxTime: number): BlockAddress {
    let slab = this.#slabs.at(-1);
    if (slab === undefined || slab.used + block.length > slab.bytes.length) {
      // Slabs double up to full size, so that a store of few series stays small.
      const wanted = Math.min(this.#slabSize, Math.max(4096, (slab?.bytes.length ?? 0) * 2));
      slab = { bytes: new Uint8Array(Math.max(wanted, block.length)), used: 0, maxTime: -Infinity };
      this.#slabs.push(slab);
      this.#bytes += slab.bytes.length;
    }
    slab.bytes.set(block, slab.used);
    const address = (this.#first + this.#slabs.length - 1) * ADDRESS_SPAN + slab.used;
    slab.used += block.length;
    slab.maxTime = Math.max(slab.maxTime, maxTime);
    return address;
  }

  /** The head of a block; `undefined` where it has been dropped. */
  head(address: BlockAddress): BlockHead | undefined {
    const slab = this.#slabOf(address);
    return slab === undefined ? undefined : readHead(slab.bytes, address % ADDRESS_SPAN);
  }

  unpack(address: BlockAddress, buffer: SampleBuffer): void {
    const slab = this.#slabOf(address);
    if (slab !== undefined) unpack(slab.bytes, address % ADDRESS_SPAN, buffer);
  }

  has(address: BlockAddress): boolean {
    return this.#slabOf(address) !== undefined;
  }

  /** Drops the oldest slabs whose every sample is older than `time`, and more until at most `bytes` are held. */
  drop(time: number, bytes: number): void {
    while (this.#slabs.length > 0 && (this.#slabs[0]!.maxTime < time || this.#bytes > bytes)) {
      this.#bytes -= this.#slabs.shift()!.bytes.length;
      this.#first++;
    }
  }

  #slabOf(address: BlockAddress): Slab | undefined {
    if (address < 0) return undefined;
    return this.#slabs[Math.floor(address / ADDRESS_SPAN) - this.#first];
  }
}
