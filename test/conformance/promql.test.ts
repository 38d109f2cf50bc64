import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from './promql/run.js';
import { parseScript } from './promql/script.js';

const folder = resolve(import.meta.dirname, '../../../shared/conformance/promqltest');

describe("Prometheus's test scripts", () => {
  if (!existsSync(folder)) {
    it.skip(`are not run: there is no folder ${folder}`, () => {});
    return;
  }
  const files = readdirSync(folder).filter((name) => name.endsWith('.test'));
  it.each(files)('%s', async (file) => {
    const { failures, skipped } = await runScript(readFileSync(join(folder, file), 'utf8'));
    expect(failures).toEqual([]);
    expect(skipped).toEqual([]);
  });
});

describe('the test script runner', () => {
  const failuresOf = async (script: string): Promise<string[]> =>
    (await runScript(script)).failures.map(({ line, reason }) => `${line}: ${reason}`);

  it('finds every kind of difference', async () => {
    const script = `
      load 1m
        x{a="b"} 1 2 3
        y 1 2 3

      eval instant at 1m x
        x{a="b"} 3

      eval instant at 1m x
        x{a="c"} 2

      eval instant at 1m x

      eval instant at 1m {a="b"} or y
        x{a="b"} 2

      eval range from 0 to 2m step 1m x
        x{a="b"} 1 _ 3

      eval instant at 1m 1 + 1
        3

      eval_fail instant at 1m x

      eval instant at 1m x + on() {__name__=~"x|y"}

      eval_warn instant at 1m x
        x{a="b"} 2

      eval instant at 1m rate(x[2m])
        expect no_info
        {a="b"} 0.016666666666666666

      eval_ordered instant at 1m sort(x or y + 5)
        {} 7
        x{a="b"} 2

      eval instant at 1m "text"
        expect string "other"

      eval instant at 1m x +

      evil instant at 1m x
    `;
    const failures = await failuresOf(script);
    expect(failures.map((failure) => failure.split(': ')[0])).toEqual([
      '6',
      '9',
      '12',
      '14',
      '17',
      '20',
      '23',
      '25',
      '27',
      '30',
      '34',
      '38',
      '41',
      '43',
    ]);
  });

  it('passes what is as expected, whatever the case of the command', async () => {
    const script = `
      # A comment ends a block.
      LOAD 1m
        x{a="b"} 1+1x3 stale
      # comment
      Eval instant at 2m x
        x{a="b"} 3

      eval instant at 4m x

      eval instant at 2m x[90s]
        expect range vector from 1m to 2m step 1m
        x{a="b"} 2 3

      eval instant at 0 nope(x)
        expect fail regex:unknown function

      clear
      eval instant at 2m x
    `;
    expect(await runScript(script)).toMatchObject({ passed: 5, failures: [] });
  });

  it('reads broken commands as such and goes on', () => {
    expect(parseScript('load nonsense\n\neval\n\nclear').map(({ type }) => type)).toEqual([
      'broken',
      'broken',
      'clear',
    ]);
  });
});
