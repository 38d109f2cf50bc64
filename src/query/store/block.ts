import type { FloatHistogram } from '../histogram/histogram.js';
import { BitReader, BitWriter } from './bits.js';
import { isStaleAt, readFloats, wordsOf, writeFloats } from './floats.js';
import { readHistograms, writeHistograms } from './histogram-block.js';
import { readIntegers, writeIntegers } from './integers.js';
import { FLOAT, HISTOGRAM, type SampleBuffer, STALE } from './sample-buffer.js';

/** Samples that a series gathers before it packs them into a block. */
export const BLOCK_SAMPLES = 64;

/** Where a block lies; `NO_BLOCK` for none. */
export type BlockAddress = number;
export const NO_BLOCK = -1;

/** The head of a block: enough to walk from the newest block of a series to its oldest without unpacking any. */
export interface BlockHead {
  readonly previous: BlockAddress;
  readonly minTime: number;
  readonly count: number;
}

let writer: BitWriter | undefined;

/** Packs samples: head, times, values. The bytes are valid until the next call. */
export function packFloats(
  previous: BlockAddress,
  times: Float64Array,
  values: Float64Array,
  from: number,
  count: number,
): Uint8Array {
  const out = startBlock(previous, times, 0, count, FLOAT);
  writeFloats(out, values, from, count);
  return out.bytes();
}

/** Packs histograms that share one layout (`sameLayout`). */
export function packHistograms(
  previous: BlockAddress,
  times: Float64Array,
  histograms: readonly FloatHistogram[],
): Uint8Array {
  const out = startBlock(previous, times, 0, histograms.length, HISTOGRAM);
  writeHistograms(out, histograms);
  return out.bytes();
}

export function readHead(bytes: Uint8Array, start: number): BlockHead {
  const reader = new BitReader(bytes, start);
  const previous = reader.readVar();
  const count = reader.read(7) + 1;
  reader.read(1);
  // The times begin with the first of them.
  return { previous, count, minTime: reader.readVar() };
}

/** Unpacks the block's samples behind those in the buffer. */
export function unpack(bytes: Uint8Array, start: number, buffer: SampleBuffer): void {
  const reader = new BitReader(bytes, start);
  reader.readVar();
  const count = reader.read(7) + 1;
  const kind = reader.read(1);
  buffer.reserve(count);
  const at = buffer.length;
  readIntegers(reader, buffer.times, at, count);
  if (kind === HISTOGRAM) {
    buffer.hasHistograms = true;
    for (const [i, histogram] of readHistograms(reader, count).entries())
      buffer.histograms[at + i] = histogram;
    buffer.kinds.fill(HISTOGRAM, at, at + count);
  } else {
    readFloats(reader, buffer.values, at, count);
    markKinds(buffer, at, count);
  }
  buffer.length = at + count;
}

/** Tells stale markers from floats among freshly written values. */
export function markKinds(buffer: SampleBuffer, at: number, count: number): void {
  const { values, kinds } = buffer;
  let words: Uint32Array | undefined;
  for (let i = at; i < at + count; i++) {
    kinds[i] = FLOAT;
    if (!Number.isNaN(values[i])) continue;
    words ??= wordsOf(values);
    if (isStaleAt(words, i)) kinds[i] = STALE;
  }
}

function startBlock(
  previous: BlockAddress,
  times: Float64Array,
  from: number,
  count: number,
  kind: number,
): BitWriter {
  writer ??= new BitWriter();
  writer.reset();
  writer.writeVar(previous);
  writer.write(count - 1, 7);
  writer.write(kind, 1);
  writeIntegers(writer, times, from, count);
  return writer;
}
