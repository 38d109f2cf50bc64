import type { Buckets } from '../histogram/buckets.js';
import { sameNumbers } from '../histogram/buckets.js';
import { type CounterResetHint, FloatHistogram } from '../histogram/histogram.js';
import type { BitReader, BitWriter } from './bits.js';
import { readFloats, writeFloats } from './floats.js';

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** Whether two histograms have the same buckets, so that one block can hold both. */
export function sameLayout(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    a.hint === b.hint &&
    sameNumbers(a.positive.indexes, b.positive.indexes) &&
    sameNumbers(a.negative.indexes, b.negative.indexes) &&
    sameNumbers(a.customValues, b.customValues)
  );
}

/** Writes the layout once, and then each field and each bucket as a column of its own. */
export function writeHistograms(writer: BitWriter, histograms: readonly FloatHistogram[]): void {
  const first = histograms[0]!;
  writer.writeVar(first.schema);
  writer.write(HINTS.indexOf(first.hint), 2);
  writeColumn(writer, [first.zeroThreshold]);
  writeList(writer, first.positive.indexes);
  writeList(writer, first.negative.indexes);
  writer.writeVar(first.customValues.length);
  if (first.customValues.length > 0) writeColumn(writer, first.customValues);
  for (const field of ['count', 'sum', 'zeroCount'] as const) {
    writeColumn(
      writer,
      histograms.map((histogram) => histogram[field]),
    );
  }
  for (const side of ['positive', 'negative'] as const) {
    for (let i = 0; i < first[side].indexes.length; i++) {
      writeColumn(
        writer,
        histograms.map((histogram) => histogram[side].counts[i]!),
      );
    }
  }
}

export function readHistograms(reader: BitReader, count: number): FloatHistogram[] {
  const schema = reader.readVar();
  const hint = HINTS[reader.read(2)]!;
  const zeroThreshold = readColumn(reader, 1)[0]!;
  const positive = readList(reader);
  const negative = readList(reader);
  const bounds = reader.readVar();
  const customValues = bounds > 0 ? [...readColumn(reader, bounds)] : [];
  const counts = readColumn(reader, count);
  const sums = readColumn(reader, count);
  const zeroCounts = readColumn(reader, count);
  const positiveColumns = positive.map(() => readColumn(reader, count));
  const negativeColumns = negative.map(() => readColumn(reader, count));
  return Array.from(
    counts,
    (total, i) =>
      new FloatHistogram({
        schema,
        hint,
        zeroThreshold,
        customValues,
        count: total,
        sum: sums[i]!,
        zeroCount: zeroCounts[i]!,
        positive: row(positive, positiveColumns, i),
        negative: row(negative, negativeColumns, i),
      }),
  );
}

function row(indexes: readonly number[], columns: readonly Float64Array[], i: number): Buckets {
  return { indexes, counts: columns.map((column) => column[i]!) };
}

function writeColumn(writer: BitWriter, values: readonly number[]): void {
  writeFloats(writer, Float64Array.from(values), 0, values.length);
}

function readColumn(reader: BitReader, count: number): Float64Array {
  const out = new Float64Array(count);
  readFloats(reader, out, 0, count);
  return out;
}

function writeList(writer: BitWriter, numbers: readonly number[]): void {
  writer.writeVar(numbers.length);
  let previous = 0;
  for (const number of numbers) {
    writer.writeVar(number - previous);
    previous = number;
  }
}

function readList(reader: BitReader): number[] {
  const numbers: number[] = [];
  let previous = 0;
  for (let left = reader.readVar(); left > 0; left--) {
    previous += reader.readVar();
    numbers.push(previous);
  }
  return numbers;
}
