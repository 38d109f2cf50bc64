import { open, readFile, rename, rm } from 'node:fs/promises';
import { crc32 } from '../../common/crc32.js';
import { messageOf } from '../../common/diagnostics.js';
import type { FloatHistogram } from '../histogram/histogram.js';
import { Labels } from '../labels.js';
import { BLOCK_SAMPLES, NO_BLOCK, packFloats, packHistograms, unpack } from './block.js';
import { sameLayout } from './histogram-block.js';
import { HISTOGRAM, SampleBuffer, STALE } from './sample-buffer.js';
import type { Series } from './series.js';
import type { TimeSeriesStore } from './store.js';

/**
 * A snapshot is this line, and then a record a series: the length of its payload and the payload's CRC-32, 32
 * bits each, least significant byte first; the payload is the length of the labels, the labels as JSON, and blocks
 * of samples, each behind its length.
 */
const HEADER = 'telltale time series 1\n';
/** Bytes gathered before they are written, and while the event loop is let go on. */
const WRITE_BYTES = 2 ** 18;

/** Writes all series of a store to a file. The file appears whole or not at all: it is written aside and renamed. */
export async function saveSnapshot(store: TimeSeriesStore, path: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(aside, 'w');
    try {
      let pending: Uint8Array[] = [Buffer.from(HEADER)];
      let bytes = 0;
      for (const series of store.allSeries) {
        const record = recordOf(series);
        pending.push(record);
        bytes += record.length;
        if (bytes < WRITE_BYTES) continue;
        await file.writev(pending);
        pending = [];
        bytes = 0;
      }
      if (pending.length > 0) await file.writev(pending);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** What came back from a snapshot. */
export interface RestoreReport {
  /** Series that were restored. */
  readonly series: number;
  /** What was damaged, and left out. */
  readonly problems: readonly string[];
}

/**
 * Reads a snapshot into a store. Never rejects: a file that is missing or is no snapshot, and records that are
 * damaged, are told of in the report and passed over; the others are restored.
 */
export async function restoreSnapshot(store: TimeSeriesStore, path: string): Promise<RestoreReport> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { series: 0, problems: [messageOf(error)] };
  }
  if (bytes.toString('latin1', 0, HEADER.length) !== HEADER) {
    return { series: 0, problems: [`${path} is no snapshot of this version`] };
  }
  const problems: string[] = [];
  let series = 0;
  let at = HEADER.length;
  let sinceBreath = 0;
  while (at < bytes.length) {
    const length = at + 8 <= bytes.length ? bytes.readUInt32LE(at) : Infinity;
    const end = at + 8 + length;
    if (end > bytes.length) {
      problems.push(`${path} ends within a record, at byte ${at}`);
      break;
    }
    const payload = bytes.subarray(at + 8, end);
    try {
      if (crc32(payload) !== bytes.readUInt32LE(at + 4)) throw new Error('the checksum is wrong');
      restoreRecord(store, payload);
      series++;
    } catch (error) {
      problems.push(`${path}: the record at byte ${at} is damaged: ${messageOf(error)}`);
    }
    sinceBreath += length;
    at = end;
    if (sinceBreath < WRITE_BYTES) continue;
    sinceBreath = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { series, problems };
}

function recordOf(series: Series): Uint8Array {
  const labels = Buffer.from(JSON.stringify(series.labels.toObject()));
  const parts: Uint8Array[] = [lengthBytes(labels.length), labels];
  const buffer = new SampleBuffer();
  series.read(-Infinity, Infinity, buffer);
  for (let from = 0; from < buffer.length; ) {
    const to = endOfBlock(buffer, from);
    const times = buffer.times.slice(from, to);
    // Copied: the packer gives the same bytes again for the next block.
    const block = Uint8Array.from(
      buffer.kinds[from] === HISTOGRAM
        ? packHistograms(NO_BLOCK, times, buffer.histograms.slice(from, to) as FloatHistogram[])
        : packFloats(NO_BLOCK, times, buffer.values, from, to - from),
    );
    parts.push(lengthBytes(block.length), block);
    from = to;
  }
  const payload = Buffer.concat(parts);
  return Buffer.concat([lengthBytes(payload.length), lengthBytes(crc32(payload)), payload]);
}

/** Where the block that begins at `from` has to end: it holds floats, or histograms of one layout. */
function endOfBlock(buffer: SampleBuffer, from: number): number {
  const first = buffer.histogramAt(from);
  let to = from + 1;
  for (; to < buffer.length && to - from < BLOCK_SAMPLES; to++) {
    const histogram = buffer.histogramAt(to);
    const same =
      first === undefined ? histogram === undefined : histogram !== undefined && sameLayout(first, histogram);
    if (!same) break;
  }
  return to;
}

function restoreRecord(store: TimeSeriesStore, payload: Buffer): void {
  const labelsLength = payload.readUInt32LE(0);
  const labels = Labels.from(
    JSON.parse(payload.toString('utf8', 4, 4 + labelsLength)) as Record<string, string>,
  );
  const series = store.series(labels);
  if (series === undefined) throw new Error('the store has too many series');
  const buffer = new SampleBuffer();
  for (let at = 4 + labelsLength; at < payload.length; ) {
    unpack(payload, at + 4, buffer);
    at += 4 + payload.readUInt32LE(at);
  }
  for (let i = 0; i < buffer.length; i++) {
    const time = buffer.times[i]!;
    if (buffer.kinds[i] === STALE) series.appendStale(time);
    else if (buffer.kinds[i] === HISTOGRAM) series.appendHistogram(time, buffer.histograms[i]!);
    else series.append(time, buffer.values[i]!);
  }
}

function lengthBytes(length: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}
