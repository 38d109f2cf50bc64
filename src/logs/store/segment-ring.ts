import { OpenBuffers } from './open-buffers.js';
import { Segment } from './segment.js';

/** Records of a segment at most, and how many segments a full store has at least. */
const SEGMENT_RECORDS = 2048;
const SEGMENTS = 16;

/** Segments one after the other, within bounds: the oldest records make room for new ones. */
export class SegmentRing {
  /** The oldest first; the last one is being filled. */
  segments: Segment[] = [];
  size = 0;
  /** Records that had to go. */
  evicted = 0;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #buffers: OpenBuffers;
  #sealedBytes = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#buffers = new OpenBuffers(maxBytes / 2);
  }

  get bytes(): number {
    const { length } = this.segments;
    return this.#sealedBytes + (length === 0 ? 0 : this.segments[length - 1]!.bytes);
  }

  /** Where the next record goes. */
  open(): Segment {
    const { length } = this.segments;
    if (length > 0) {
      const last = this.segments[length - 1]!;
      if (last.count < last.capacity && last.filled < this.#maxBytes / SEGMENTS) return last;
      last.seal();
      this.#sealedBytes += last.bytes;
    }
    const segment = new Segment(Math.min(SEGMENT_RECORDS, this.#maxEntries), this.#buffers);
    this.segments.push(segment);
    return segment;
  }

  /** A record was put into the open segment. */
  added(): void {
    this.size++;
    while (this.size > this.#maxEntries) {
      const oldest = this.segments[0]!;
      oldest.first++;
      this.size--;
      this.evicted++;
      if (oldest.first === oldest.count && this.segments.length > 1) this.#dropOldest();
    }
    while (this.bytes > this.#maxBytes && this.segments.length > 1) this.#dropOldest();
    // One record alone was too large.
    if (this.bytes > this.#maxBytes) {
      this.evicted += this.size;
      this.clear();
    }
  }

  clear(): void {
    // Entries may still read from it, and its buffers are the next one's.
    this.segments.at(-1)?.seal();
    this.segments = [];
    this.#sealedBytes = 0;
    this.size = 0;
  }

  #dropOldest(): void {
    const oldest = this.segments.shift()!;
    const left = oldest.count - oldest.first;
    this.#sealedBytes -= oldest.bytes;
    this.size -= left;
    this.evicted += left;
    oldest.recycle(this.#buffers);
  }
}
