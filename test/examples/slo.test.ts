import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readOpenSlo } from '../../src/slo/openslo/index.js';
import { parseRuleFile } from '../../src/slo/rule-files.js';
import { run } from './run.js';

it('objectives: from definition to gate, and over a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-slo-example-'));
  const env = { SLO_STATE: join(folder, 'slo.json') };
  const outputs: string[] = [];
  for (let start = 0; start < 2; start++) {
    const example = run('examples/slo/main.ts', [], env);
    expect(await example.ended).toEqual({ code: 0, signal: null });
    outputs.push(example.output);
  }
  rmSync(folder, { recursive: true });
  const [first, second] = outputs as [string, string];
  expect(first).toContain('"msg":"budget","left":"20 %","state":"critical"');
  expect(first).toContain(
    '"approved":true,"constraints":{"canaryPercent":5,"canaryMinutes":60,"approval":true',
  );
  // The same events came again, on top of those that were kept: the share stays, and nothing was lost.
  expect(second).toContain('"msg":"budget","left":"20 %"');
  const [, rules, openSlo] = first.split(/^# .*$/m) as [string, string, string];
  expect(parseRuleFile(rules)[0]!.rules.length).toBeGreaterThan(20);
  expect(readOpenSlo(openSlo).objectives).toMatchObject([{ id: 'checkout', target: 99.5, window: '30d' }]);
});
