import { describe, expect, it } from 'vitest';
import { FloatHistogram } from '../../../src/query/histogram/histogram.js';
import { parseLabels, parseSeries, parseValues } from '../../../src/query/notation/series.js';

describe('the notation of series', () => {
  it.each([
    ['1 -1 1e3 .5 Inf -Inf', [1, -1, 1000, 0.5, Infinity, -Infinity]],
    ['1+2x3', [1, 3, 5, 7]],
    ['1-2x3', [1, -1, -3, -5]],
    ['-1+0x2', [-1, -1, -1]],
    ['5x2', [5, 5, 5]],
    ['_ 1 _x2 stale', [undefined, 1, undefined, undefined, 'stale']],
    ['', []],
  ])('%s', (text, values) => {
    expect(parseValues(text)).toEqual(values);
  });

  it('reads histograms', () => {
    const [first, second, third] = parseValues(
      '{{schema:1 sum:3 count:2 buckets:[1 1] offset:-1}}+{{schema:1 count:1 buckets:[1]}}x2',
    );
    expect(`${first}`).toBe('{count:2, sum:3, (0.5,0.7071067811865476]:1, (0.7071067811865476,1]:1}');
    expect((second as FloatHistogram).count).toBe(3);
    expect((third as FloatHistogram).count).toBe(4);
    expect(
      parseValues('{{}} {{schema:-53 custom_values:[5 10] buckets:[1 2 1] counter_reset_hint:gauge}}'),
    ).toEqual([
      new FloatHistogram(),
      expect.objectContaining({ schema: -53, customValues: [5, 10], hint: 'gauge' }),
    ]);
  });

  it('reads labels, quoted ones too', () => {
    expect(parseSeries('x{a="1", b=\'2\'} 1 2')).toMatchObject({ values: [1, 2] });
    expect(`${parseLabels('{"my.metric", "a b"="\\"", c="d",}')}`).toBe('{"my.metric", "a b"="\\"", c="d"}');
    expect(`${parseLabels('x')}`).toBe('x');
  });

  it.each([
    ['x 1x', 'cannot read the value "1x"'],
    ['x 1+2', 'does not say how often'],
    ['x 1x99999999', 'samples are too many'],
    ['x nope', 'cannot read the value "nope"'],
    ['x{a} 1', 'cannot read a label'],
    ['x{a="b" 1', 'cannot read a label'],
    ['1 2', 'cannot read a metric'],
    ['x {{sum:1 sum:2}}', 'duplicate key "sum" in histogram'],
    ['x {{nope:1}}', 'bad histogram descriptor found: "nope"'],
    ['x {{schema:99}}', 'the schema of a histogram is 99'],
    ['x {{schema:1}}+{{schema:0}}x2', 'cannot merge from schema 0 to 1'],
    ['x {{sum:1', 'cannot read a histogram'],
  ])('refuses %s', (line, message) => {
    expect(() => parseSeries(line)).toThrow(message);
  });
});
