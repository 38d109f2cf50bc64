import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { embeddedSource } from '../../../src/query/embedded-source.js';
import { loadSeries } from '../../../src/query/notation/load.js';
import { parseRuleFile } from '../../../src/query/rules/parse-rule-file.js';
import { recordingRules } from '../../../src/query/rules/recording.js';
import { RuleFileError, readRuleGroups } from '../../../src/query/rules/rule-file.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

function setup(rules: string) {
  const clock = new FakeClock({ now: 600_000 });
  const told: string[] = [];
  const diagnostics = new Diagnostics({
    clock,
    handler: ({ message, error }) => told.push(`${message}: ${error}`),
  });
  const store = new TimeSeriesStore({ retention: Infinity, clock });
  loadSeries(
    store,
    { step: 60_000 },
    'x_total{job="a", i="1"} 0+60x30',
    'x_total{job="a", i="2"} 0+120x30',
    'y{job="b"} 1x10',
  );
  const source = embeddedSource(store, { clock });
  const recording = recordingRules({ rules: parseRuleFile(rules), source, store, clock, diagnostics });
  const ask = async (query: string): Promise<Record<string, unknown>> => {
    const result = await source.query(query);
    return Object.fromEntries(
      result.type === 'vector' ? result.samples.map(({ labels, value }) => [`${labels}`, value]) : [],
    );
  };
  return { clock, store, recording, ask, told };
}

describe('recordingRules', () => {
  it('records in order and on the interval, so that rules see what those before them gave', async () => {
    const { clock, ask, recording } = setup(`
      groups:
        - name: rates
          interval: 30s
          labels: { team: shop, kind: group }
          rules:
            - record: job:x:rate5m
              expr: sum by (job) (rate(x_total[5m]))
              labels: { kind: rule }
            - record: job:x:doubled
              expr: job:x:rate5m * 2
            - record: one
              expr: 1 + 0
            - alert: Ignored
              expr: up == 0
    `);
    await clock.advance(30_000);
    expect(await ask('{team="shop"}')).toEqual({
      'job:x:rate5m{job="a", kind="rule", team="shop"}': 3,
      'job:x:doubled{job="a", kind="group", team="shop"}': 6,
      'one{kind="group", team="shop"}': 1,
    });
    await clock.advance(60_000);
    expect(await ask('count_over_time(one[10m])')).toEqual({ '{kind="group", team="shop"}': 3 });
    await recording.stop();
    await clock.advance(300_000);
    expect(await ask('count_over_time(one[10m])')).toEqual({ '{kind="group", team="shop"}': 3 });
  });

  it('ends what a rule no longer gives', async () => {
    const { clock, ask } = setup(`
      groups: [{ name: g, interval: 1m, rules: [{ record: r, expr: 'y' }] }]
    `);
    await clock.advance(60_000);
    expect(await ask('r')).toEqual({ 'r{job="b"}': 1 });
    await clock.advance(360_000);
    expect(await ask('r')).toEqual({});
  });

  it('looks back by the query offset', async () => {
    const { clock, ask } = setup(`
      groups: [{ name: g, interval: 1m, query_offset: 2m, rules: [{ record: r, expr: 'time()' }] }]
    `);
    await clock.advance(60_000);
    expect(await ask('r')).toEqual({ r: 540 });
    expect(await ask('timestamp(r)')).toEqual({ '{}': 540 });
  });

  it('tells of rules that fail, and evaluates the others', async () => {
    const { clock, ask, told } = setup(`
      groups:
        - name: g
          limit: 1
          interval: 1m
          rules:
            - { record: many, expr: x_total }
            - { record: clash, expr: x_total / on (job) x_total }
            - { record: fine, expr: y }
        - name: h
          interval: 1m
          rules:
            - { record: same, expr: x_total, labels: { i: all } }
    `);
    await clock.advance(60_000);
    expect(told.map((text) => text.replace(/QueryError: .*/, 'QueryError')).sort()).toEqual([
      'The recording rule g: clash failed: QueryError',
      'The recording rule g: many failed: Error: exceeded limit of 1 with 2 series',
      'The recording rule h: same failed: Error: vector contains metrics with the same labelset after applying rule labels',
    ]);
    expect(await ask('fine')).toEqual({ 'fine{job="b"}': 1 });
    expect(await ask('{__name__=~"many|clash|same"}')).toEqual({});
  });

  it('can be evaluated by hand', async () => {
    const { recording, ask } = setup(`groups: [{ name: g, rules: [{ record: r, expr: vector(5) }] }]`);
    await recording.evaluate();
    expect(await ask('r')).toEqual({ r: 5 });
    await recording.stop();
  });
});

describe('the rules of recordingRules', () => {
  const store = new TimeSeriesStore();
  const source = embeddedSource(store);
  const file = { groups: [{ name: 'g', interval: '1m', rules: [{ record: 'r', expr: '1' }] }] };

  it('are read from objects without any YAML', async () => {
    const recording = recordingRules({ rules: readRuleGroups(file), source, store, clock: new FakeClock() });
    expect(recording.groups).toMatchObject([{ name: 'g', interval: 60_000, rules: [{ record: 'r' }] }]);
    await recording.stop();
  });

  it.each([
    ['the text of a file', 'groups: []'],
    ['the content of a file', file],
    ['groups as they stand in a file', file.groups],
    ['nothing', undefined],
  ])('are refused as %s, in words that say who reads that', (_, rules) => {
    expect(() => recordingRules({ rules: rules as never, source, store })).toThrow(
      /recordingRules: rules is .*; accepted: groups that parseRuleFile \(of telltale\/rules\) or readRuleGroups has read/,
    );
  });
});

describe('parseRuleFile', () => {
  it('reads every field', () => {
    const groups = parseRuleFile(`
groups:
  - name: g
    interval: 1m
    limit: 10
    query_offset: 5s
    labels: { a: b }
    rules:
      - record: r
        expr: sum(x)
        labels: { n: 1 }
      - alert: A
        expr: x > 1
        for: 5m
        keep_firing_for: 10m
        labels: { severity: page }
        annotations: { summary: '{{ $value }} is much' }
`);
    expect(groups).toEqual([
      {
        name: 'g',
        interval: 60_000,
        limit: 10,
        queryOffset: 5000,
        labels: { a: 'b' },
        rules: [
          { record: 'r', expr: 'sum(x)', labels: { n: '1' } },
          {
            alert: 'A',
            expr: 'x > 1',
            for: 300_000,
            keepFiringFor: 600_000,
            labels: { severity: 'page' },
            annotations: { summary: '{{ $value }} is much' },
          },
        ],
      },
    ]);
    expect(parseRuleFile('')).toEqual([]);
  });

  it.each([
    ['groups: [', 'Flow sequence'],
    ['- a', 'the file must be a mapping'],
    ['group: []', 'the file: unknown field "group"; accepted: groups'],
    ['groups: {}', 'groups must be a list'],
    ['groups: [{ rules: [] }]', 'groups[0].name must be a text'],
    ['groups: [{ name: g }, { name: g }]', 'groupname: "g" is repeated in the same file'],
    ['groups: [{ name: g, interval: soon }]', 'group "g": interval: not a valid duration string: "soon"'],
    ['groups: [{ name: g, limit: -1 }]', 'group "g": limit is -1'],
    [
      'groups: [{ name: g, rules: [{ expr: x }] }]',
      'group "g", rule 1: exactly one of record and alert must be set',
    ],
    ['groups: [{ name: g, rules: [{ record: r, alert: a, expr: x }] }]', 'exactly one of record and alert'],
    ['groups: [{ name: g, rules: [{ record: r }] }]', 'rule 1: expr must be a text'],
    [
      'groups: [{ name: g, rules: [{ record: r, expr: "sum(" }] }]',
      'could not parse expression: 1:5: parse error',
    ],
    [
      'groups: [{ name: g, rules: [{ record: r, expr: x, for: 5m }] }]',
      'invalid field "for" in recording rule',
    ],
    [
      'groups: [{ name: g, rules: [{ record: r, expr: x, labels: { __name__: y } }] }]',
      'invalid label name: __name__',
    ],
    ['groups: [{ name: g, rules: [{ record: r, expr: x, labels: { a: [] } }] }]', 'labels.a must be a text'],
  ])('refuses %s', (yaml, message) => {
    expect(() => parseRuleFile(yaml)).toThrow(RuleFileError);
    expect(() => parseRuleFile(yaml)).toThrow(message);
  });
});
