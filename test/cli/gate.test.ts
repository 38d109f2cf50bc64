import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedSource, loadSeries, queryApiHandler, TimeSeriesStore } from '../../src/query/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { cli, NOW } from './support/run-cli.js';

const SLO = (name: string, service: string, selector: string) => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: ${service}
  indicator:
    metadata: { name: ${name}-sli }
    spec:
      ratioMetric:
        counter: true
        bad: { metricSource: { type: Prometheus, spec: { query: 'bad_total{${selector}}' } } }
        total: { metricSource: { type: Prometheus, spec: { query: 'all_total{${selector}}' } } }
  timeWindow: [{ duration: 1d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;

let server: Server;
let url: string;
let folder: string;
let file: string;

beforeAll(async () => {
  const clock = new FakeClock({ now: NOW });
  const store = new TimeSeriesStore({ clock });
  // A day of samples a minute apart: of 100 events a minute none, 0.8 and 2 fail.
  for (const [i, job] of ['good', 'worn', 'gone'].entries()) {
    loadSeries(
      store,
      { step: 60_000, start: NOW - 1440 * 60_000 },
      `all_total{job="${job}"} 0+100x1440`,
      `bad_total{job="${job}"} 0+${[0, 0.8, 2][i]}x1440`,
    );
  }
  const answer = queryApiHandler(embeddedSource(store, { clock }));
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'telltale-gate-'));
  file = join(folder, 'slo.yaml');
  writeFileSync(
    file,
    [
      SLO('fine', 'good', 'job="good"'),
      SLO('used', 'worn', 'job="worn"'),
      SLO('over', 'gone', 'job="gone"'),
      SLO('unseen', 'misspelt', 'job="mispelt"'),
    ].join('---'),
  );
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const gate = (...args: string[]) => cli(['gate', '--slo', file, '--prometheus', url, ...args]);

describe('telltale gate', () => {
  it('lets a service go out that has budget left', async () => {
    const { code, out, err } = await gate('--service', 'good');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('approved: roll back when it burns above 14.4 over 5m');
    expect(out).toMatch(/^fine +99 % +100\.000 % +100\.0 % +0\.00 +healthy$/m);
    expect(out).toContain('- fine: 100 % of the budget is left\n');
  });

  it('holds one to a canary that has little left', async () => {
    const { code, out } = await gate('--service', 'worn', '--risk', 'high');
    expect(code).toBe(0);
    expect(out).toContain('approved: canary of at most 5 %, for 60 minutes, with approval, roll back when');
    expect(out).toMatch(/^used +99 % +99\.200 % +20\.0 % +0\.80 +critical$/m);
  });

  it('stops one that has nothing left, with the reason and exit code 1', async () => {
    const { code, out } = await gate('--service', 'gone');
    expect(code).toBe(1);
    expect(out).toContain('- over: 200 % of the budget is used up, so nothing goes out (policy freeze)\n');
    expect(out).toMatch(/not approved\n$/);
    expect((await gate('--service', 'gone', '--emergency')).code).toBe(0);
  });

  it('lets out one of which nothing is known, unless data are required', async () => {
    const lenient = await gate('--service', 'misspelt');
    expect(lenient.code).toBe(0);
    expect(lenient.out).toContain('nothing happened, or nothing is known of it');
    const strict = await gate('--service', 'misspelt', '--require-data');
    expect(strict.code).toBe(1);
    expect(strict.out).toContain(
      '- unseen: nothing happened, or nothing is known of it, so nothing goes out (policy require-data)\n',
    );
    expect((await gate('--service', 'good', '--require-data')).code).toBe(0);
  });

  it('looks at all services where none is named', async () => {
    expect((await gate()).code).toBe(1);
  });

  it('prints JSON', async () => {
    const { out } = await gate('--service', 'worn', '--json');
    const { approved, constraints, statuses } = JSON.parse(out);
    expect([approved, constraints.canaryPercent]).toEqual([true, 5]);
    expect(statuses[0].budget.consumed).toBeCloseTo(0.8, 3);
  });

  it('reads objectives from standard input', async () => {
    const { code } = await cli(['gate', '--slo', '-', '--prometheus', url], {
      input: SLO('fine', 'good', 'job="good"'),
    });
    expect(code).toBe(0);
  });

  it.each<[string[], number, string]>([
    [['--prometheus', 'http://127.0.0.1:1'], 2, 'there are no objectives; give --slo FILE'],
    [['--slo', 'x'], 2, 'there is nobody to ask; give --prometheus'],
    [
      ['--slo', 'x', '--prometheus', 'nowhere'],
      2,
      '--prometheus is "nowhere"; accepted: an http: or https: URL',
    ],
    [
      ['--slo', 'x', '--prometheus', 'http://a', '--risk', 'some'],
      2,
      '--risk is "some"; accepted: low, medium, high',
    ],
    [['--bogus'], 2, "Unknown option '--bogus'"],
    [
      ['--slo', '/nowhere.yaml', '--prometheus', 'http://127.0.0.1:1'],
      1,
      '/nowhere.yaml cannot be read: there is no such file',
    ],
  ])('%j: %i', async (args, code, message) => {
    const run = await cli(['gate', ...args]);
    expect([run.code, run.out]).toEqual([code, '']);
    expect(run.err).toContain(message);
  });

  it('does not let anything out when nobody answers, or the file is wrong', async () => {
    const nobody = await cli(['gate', '--slo', file, '--prometheus', 'http://127.0.0.1:1']);
    expect([nobody.code, nobody.out]).toEqual([1, '']);
    const wrong = await cli(['gate', '--slo', '-', '--prometheus', url], { input: 'kind: SLO' });
    expect([wrong.code, wrong.err]).toEqual([
      1,
      'telltale gate: -: document 1.apiVersion is missing; accepted: openslo/v1\n',
    ]);
    const unknown = await gate('--service', 'nobody');
    expect([unknown.code, unknown.err]).toEqual([
      1,
      'telltale gate: nobody has no objectives; services that have: good, worn, gone, misspelt\n',
    ]);
  });
});
