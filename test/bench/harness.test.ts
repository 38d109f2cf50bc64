import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../bench/lib/options.js';
import { measureLine, type Outcome } from '../../bench/lib/rounds.js';
import { jsonLine, renderTable, time } from '../../bench/lib/table.js';
import type { BenchLine } from '../../bench/line.js';

/** How the harness works; how fast anything is, no test asks. */

function aLine(over: Partial<BenchLine> = {}): BenchLine {
  return {
    name: 'count to n',
    aim: 2,
    async setup() {
      let sum = 0;
      const run = (n: number) => {
        for (let i = 0; i < n; i++) sum += i;
        return sum < 0 ? Promise.resolve() : undefined;
      };
      return { ours: { name: 'one way', run }, peer: { name: 'another way', run } };
    },
    ...over,
  };
}

const anOutcome: Outcome = {
  name: 'log line, 3 fields',
  aim: 4,
  ours: { name: 'telltale', median: 312.4, low: 300, high: 325 },
  peer: { name: 'pino 10', median: 1_405, low: 1_350, high: 1_460 },
  ratio: { median: 4.5, low: 4.4, high: 4.61 },
  rounds: 11,
};

describe('measureLine', () => {
  it('measures both sides, and the ratio is the time of the peer divided by ours', async () => {
    const times = { ours: 100, peer: 450 };
    const side = (name: 'ours' | 'peer') => ({ name, measure: async () => times[name] });
    const outcome = await measureLine(
      aLine({ setup: async () => ({ ours: side('ours'), peer: side('peer') }) }),
      true,
    );
    expect(outcome).toMatchObject({
      name: 'count to n',
      aim: 2,
      ours: { name: 'ours', median: 100, low: 100, high: 100 },
      peer: { name: 'peer', median: 450 },
      ratio: { median: 4.5 },
    });
  });

  it('takes the sides in turn and lets each go first as often', async () => {
    const order: string[] = [];
    const side = (name: string) => ({
      name,
      measure: async () => {
        order.push(name);
        return 1;
      },
    });
    const line = aLine({ rounds: 4, setup: async () => ({ ours: side('ours'), peer: side('peer') }) });
    await measureLine(line, false);
    expect(order).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer', 'peer', 'ours']);
  });

  it('the ratio is the median of the rounds, not the ratio of the medians', async () => {
    const ours = [100, 200, 1_000];
    const peer = [200, 600, 1_000];
    const side = (name: string, times: number[]) => ({ name, measure: async () => times.shift()! });
    const line = aLine({ setup: async () => ({ ours: side('ours', ours), peer: side('peer', peer) }) });
    expect((await measureLine(line, true)).ratio.median).toBe(2);
  });

  it('finds out how often a side fits into a round, for plain and for promised work', async () => {
    const counts: number[] = [];
    const line = aLine({
      async setup() {
        const comparison = await aLine().setup();
        return {
          ours: comparison.ours,
          peer: {
            name: 'promised',
            async run(n) {
              counts.push(n);
              for (let i = 0; i < n; i++) await null;
            },
          },
        };
      },
    });
    const outcome = await measureLine(line, true);
    expect(outcome.ours.median).toBeGreaterThan(0);
    expect(outcome.peer.median).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeGreaterThan(1);
    expect(counts.every(Number.isInteger)).toBe(true);
  });

  it('tears down, also after a failure, and does not hide the failure', async () => {
    const torn: string[] = [];
    const teardown = () => void torn.push('down');
    const comparison = await aLine().setup();
    await measureLine(aLine({ setup: async () => ({ ...comparison, teardown }) }), true);
    const broken = {
      name: 'broken',
      run() {
        throw new Error('no such thing');
      },
    };
    const line = aLine({ setup: async () => ({ ours: broken, peer: comparison.peer, teardown }) });
    await expect(measureLine(line, true)).rejects.toThrow('no such thing');
    expect(torn).toEqual(['down', 'down']);
  });
});

describe('the table', () => {
  const rows = (...outcomes: Outcome[]) => renderTable(outcomes).split('\n');

  it('says who was measured, how long each took, the ratio, the aim and whether it was reached', () => {
    const row = rows(anOutcome)[2]!;
    for (const text of [
      'log line, 3 fields',
      'telltale',
      '312 ns',
      'pino 10',
      '1.41 µs',
      '4.50×',
      '≥ 4.00×',
    ]) {
      expect(row).toContain(text);
    }
    expect(row).toMatch(/reached$/);
    expect(rows({ ...anOutcome, aim: 5 })[2]).toMatch(/MISSED$/);
  });

  it('says nothing about an aim where there is none', () => {
    const { aim: _, ...aimless } = anOutcome;
    expect(rows(aimless)[2]).not.toMatch(/≥|reached|MISSED/);
  });

  it('passes no judgement on quick rounds', () => {
    expect(renderTable([anOutcome], false)).not.toMatch(/reached|MISSED/);
  });

  it('keeps its columns in line', () => {
    const [head, , first, second] = rows(anOutcome, {
      ...anOutcome,
      name: 'a line with a much longer name than the other',
      ours: { name: 'telltale', median: 9, low: 9, high: 9 },
    });
    const peer = head!.indexOf('peer');
    expect(first!.indexOf('pino 10')).toBe(peer);
    expect(second!.indexOf('pino 10')).toBe(peer);
  });

  it.each([
    [0.5, '0.50 ns'],
    [12.34, '12.3 ns'],
    [999, '999 ns'],
    [1_000, '1.00 µs'],
    [2_500_000, '2.50 ms'],
    [3e9, '3.00 s'],
  ])('writes %d nanoseconds as %s', (ns, text) => {
    expect(time(ns)).toBe(text);
  });
});

describe('the JSON', () => {
  it('has the two names, the two times in nanoseconds, and the ratio', () => {
    expect(jsonLine(anOutcome)).toEqual({
      name: 'log line, 3 fields',
      ours: 'telltale',
      peer: 'pino 10',
      ns: 312.4,
      peerNs: 1_405,
      ratio: 4.5,
    });
  });
});

describe('the command line', () => {
  it('wants every line unless told', () => {
    const options = parseOptions([]);
    expect(options.wanted('anything')).toBe(true);
    expect(options).toMatchObject({ list: false, quick: false, help: false });
    expect(options.json).toBeUndefined();
  });

  it.each([
    ['COUNTER', 'counter by labels', true],
    ['counter', 'log line', false],
    ['log|span', 'span with batch', true],
    ['^span', 'unsampled span', false],
    // Not an expression, but a part of the name.
    ['(3 fields', 'log line (3 fields)', true],
  ])('--only %s and the line %s: %s', (pattern, name, wanted) => {
    expect(parseOptions(['--only', pattern]).wanted(name)).toBe(wanted);
  });

  it('takes a file for the JSON', () => {
    expect(parseOptions(['--json', 'out.json']).json).toBe('out.json');
  });

  it.each([['--jsn', 'x'], ['counter'], ['--json'], ['--quick=yes']])(
    'refuses %s and says why',
    (...args) => {
      expect(() => parseOptions(args)).toThrow(/'?--|argument/);
    },
  );
});
