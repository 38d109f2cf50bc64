import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Counter, Gauge, Histogram, Registry, Summary } from '../../src/metrics/index.js';
import { parseExposition } from './exposition.js';

/** Any text: controls, quotes, backslashes, every plane, halves of surrogate pairs. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\n', '\\', '"', '{', '}', ',', '=', ' ', '\r', '\t', '\0', '\u2028', 'n'),
  }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/);
const labelName = fc
  .stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/)
  .filter((label) => !label.startsWith('__') && label !== 'le' && label !== 'quantile');
const number = fc.oneof(fc.double(), fc.integer());

function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

describe('text format', () => {
  it('is read back as it was written, whatever the names, helps, labels and values', async () => {
    await fc.assert(
      fc.asyncProperty(
        name,
        hostile.filter((text) => text !== ''),
        fc.uniqueArray(labelName, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.array(hostile, { minLength: 4, maxLength: 4 }), number)),
        async (metricName, help, labelNames, rows) => {
          const registry = new Registry();
          const gauge = registry.getOrCreate(Gauge, { name: metricName, help, labelNames });
          const expected = new Map<string, { labels: Record<string, string>; value: number }>();
          for (const [values, value] of rows) {
            const given = Object.fromEntries(labelNames.map((label, i) => [label, values[i]!]));
            gauge.set(given, value);
            const labels = Object.fromEntries(
              Object.entries(given)
                .map(([label, text]) => [label, wellFormed(text)] as const)
                .filter(([, text]) => text !== ''),
            );
            expected.set(JSON.stringify(labels), { labels, value });
          }
          const [metric] = parseExposition(wellFormed(await registry.metrics()));
          expect(metric).toMatchObject({ name: metricName, help: wellFormed(help), type: 'gauge' });
          expect(metric!.samples.map(({ labels, value }) => ({ labels, value: value + 0 }))).toEqual(
            [...expected.values()].map(({ labels, value }) => ({ labels, value: value + 0 })),
          );
          expect(metric!.samples.every((sample) => sample.name === metricName)).toBe(true);
        },
      ),
    );
  });

  it('writes histograms and summaries so that they are read back', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, fc.array(fc.integer()), async (label, values) => {
        const registry = new Registry({ defaultLabels: { all: label } });
        const histogram = registry.getOrCreate(Histogram, {
          name: 'h',
          help: 'h',
          labelNames: ['a'],
          buckets: [-1, 0, 10],
        });
        const summary = registry.getOrCreate(Summary, {
          name: 's',
          help: 's',
          labelNames: ['a'],
          percentiles: [0, 1],
        });
        for (const value of values) {
          histogram.observe({ a: label }, value);
          summary.observe({ a: label }, value);
        }
        const [h, s] = parseExposition(await registry.metrics());
        if (values.length === 0) return;
        const text = wellFormed(label);
        const labels: Record<string, string> = text === '' ? {} : { all: text, a: text };
        const sum = values.reduce((a, b) => a + b, 0);
        const upTo = (bound: number) => values.filter((value) => value <= bound).length;
        expect(h!.samples).toEqual([
          { name: 'h_bucket', labels: { le: '-1', ...labels }, value: upTo(-1) },
          { name: 'h_bucket', labels: { le: '0', ...labels }, value: upTo(0) },
          { name: 'h_bucket', labels: { le: '10', ...labels }, value: upTo(10) },
          { name: 'h_bucket', labels: { le: '+Inf', ...labels }, value: values.length },
          { name: 'h_sum', labels, value: sum },
          { name: 'h_count', labels, value: values.length },
        ]);
        expect(s!.samples).toEqual([
          { name: 's', labels: { quantile: '0', ...labels }, value: Math.min(...values) },
          { name: 's', labels: { quantile: '1', ...labels }, value: Math.max(...values) },
          { name: 's_sum', labels, value: sum },
          { name: 's_count', labels, value: values.length },
        ]);
      }),
    );
  });

  it('never shows two series of one name and the same labels', async () => {
    const registry = new Registry();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['a', 'b'] });
    // Halves of surrogate pairs are all one character in UTF-8.
    for (const a of ['\ud800', '\udfff', '\ufffd', '\ud800x']) counter.inc({ a, b: 1 });
    counter.inc({ a: '",b="1' });
    const lines = wellFormed(await registry.metrics())
      .split('\n')
      .slice(2, -1);
    expect(new Set(lines.map((line) => line.slice(0, line.lastIndexOf(' ')))).size).toBe(lines.length);
    expect(lines[0]).toBe('c_total{a="\ufffd",b="1"} 3');
  });
});
