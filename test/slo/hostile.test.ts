import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import { Registry } from '../../src/metrics/index.js';
import {
  availabilityMarkdown,
  availabilityReport,
  keepTraces,
  type SloOptions,
  SloPolicies,
  SloSet,
  SloTracker,
  statusFromSource,
} from '../../src/slo/index.js';
import { readOpenSlo, writeOpenSlo } from '../../src/slo/openslo/index.js';
import { prometheusRules } from '../../src/slo/rule-files.js';
import { readState, writeState } from '../../src/slo/saved-state.js';
import { FakeClock } from '../../src/testing/index.js';
import { TracerProvider } from '../../src/trace/index.js';
import { TailSamplingProcessor } from '../../src/trace/tail-sampling/index.js';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 21, 12);
let clock: FakeClock;
let told: Diagnostic[];
let diagnostics: Diagnostics;

beforeEach(() => {
  clock = new FakeClock({ now: START });
  told = [];
  diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
});

const tracker = (more: Partial<SloOptions> = {}) =>
  new SloTracker({ id: 'pay', target: 99, clock, diagnostics, ...more });

/** As it comes out of a file. */
const saved = (from: SloTracker) => JSON.parse(JSON.stringify(from.snapshot()));

function memoryStore() {
  return {
    text: undefined as string | undefined,
    async load() {
      return this.text;
    },
    async save(text: string) {
      this.text = text;
    },
  };
}

describe('counts', () => {
  it('that are too large to be counted are refused, so that no figure is NaN', () => {
    const slo = tracker();
    slo.good(Number.MAX_VALUE);
    slo.good(Number.MAX_VALUE);
    slo.bad(Number.MAX_SAFE_INTEGER);
    slo.good(0.5);
    expect(slo.status()).toMatchObject({ good: 0.5, bad: Number.MAX_SAFE_INTEGER });
    expect(slo.status().compliance).toBeGreaterThanOrEqual(0);
    expect(told.map(({ code }) => code)).toContain('slo_bad_value');
  });
});

describe('a clock that was ahead', () => {
  it('when it was saved does not hide what is counted now', async () => {
    const ahead = new FakeClock({ now: START + 400 * 24 * HOUR });
    const before = new SloTracker({ id: 'pay', target: 99, clock: ahead, diagnostics });
    before.good(90);
    before.bad(10);
    const slo = tracker();
    slo.restore(saved(before));
    slo.bad(5);
    const { good, bad, burnRates } = slo.status();
    expect({ good, bad }).toEqual({ good: 90, bad: 15 });
    expect(burnRates['5m']).toBeGreaterThan(0);
    await clock.advance(HOUR);
    slo.bad();
    expect(slo.counts('5m')).toEqual({ good: 0, bad: 1 });
  });
});

describe('an objective that has changed since it was saved', () => {
  it('keeps its counts under another target', () => {
    const before = tracker({ target: 90 });
    before.good(98);
    before.bad(2);
    const slo = tracker({ target: 99 });
    slo.restore(saved(before));
    expect(slo.status().budget.consumed).toBeCloseTo(2);
  });

  it('begins anew under another way of counting: events are no slices', async () => {
    const before = tracker();
    before.bad(100_000);
    const slo = tracker({ budgeting: 'timeslices' });
    slo.restore(saved(before));
    await clock.advance(2 * HOUR);
    expect(slo.status().bad).toBe(0);
    expect(told.map(({ code }) => code)).toContain('slo_counting_changed');
  });

  it('knows its calendar unit after it had a rolling window', () => {
    const before = tracker({ window: '7d' });
    before.bad(7);
    const slo = tracker({ window: { calendar: 'month' } });
    slo.good(3);
    slo.restore(saved(before));
    expect(slo.status()).toMatchObject({ good: 3, bad: 7 });
  });
});

describe('time slices', () => {
  it('longer than the window are refused', () => {
    expect(() => tracker({ window: '1h', budgeting: { method: 'timeslices', slice: '2h' } })).toThrow(
      'SloTracker pay: budgeting.slice is "2h"; accepted: at most the objective\'s window, 1h',
    );
  });

  it('longer than a short window still let its tier fire', async () => {
    const slo = tracker({
      budgeting: { method: 'timeslices', slice: '10m' },
      alerts: [{ severity: 'page', budget: 2, long: '1h', short: '5m' }],
    });
    let fired = 0;
    for (let minute = 0; minute < 120; minute++) {
      slo.bad();
      await clock.advance(60_000);
      if (slo.status().alerts[0]!.firing) fired++;
    }
    expect(fired).toBeGreaterThan(60);
  });
});

describe('state', () => {
  const objectives = () => ['a', 'b'].map((id) => ({ id, target: 99 }));
  const codes = () => told.map(({ code }) => code);

  it('a snapshot that is wrong does not take the others with it', async () => {
    const store = memoryStore();
    const before = new SloSet({ objectives: objectives(), state: store, clock, diagnostics });
    before.get('b').bad(3);
    await before.stop();
    const half = JSON.parse(store.text!);
    delete half.snapshots[0].unit;
    const { crc32 } = await import('../../src/common/crc32.js');
    half.crc32 = crc32(Buffer.from(JSON.stringify(half.snapshots)));
    store.text = JSON.stringify(half);
    const slos = new SloSet({ objectives: objectives(), state: store, clock, diagnostics });
    await slos.ready;
    expect(slos.get('b').status().bad).toBe(3);
    expect(codes()).toEqual(['slo_state_unreadable']);
    await slos.stop();
  });

  it.each([
    ['of a newer telltale', '{"telltale":"slo","version":99,"crc32":0,"snapshots":[]}'],
    ['of rubbish', '\u0000\uD800{'],
    ['of something else', 'null'],
  ])('a file %s is set aside, not written over', async (_, text) => {
    const folder = await mkdtemp(join(tmpdir(), 'telltale-slo-'));
    const path = join(folder, 'slo.json');
    await writeFile(path, text);
    const slos = new SloSet({ objectives: objectives(), state: path, clock, diagnostics });
    await slos.stop();
    expect((await readdir(folder)).sort()).toEqual(['slo.json', 'slo.json.unreadable']);
    expect(await readFile(`${path}.unreadable`)).toEqual(Buffer.from(text));
    expect(codes()).toEqual(['slo_state_unreadable']);
    await rm(folder, { recursive: true });
  });

  it('a store that fails to load is asked again, and nothing is saved over what it has', async () => {
    let kept = '';
    let down = false;
    const store = {
      async load() {
        if (down) throw new Error('down');
        return kept || undefined;
      },
      save(text: string) {
        kept = text;
      },
    };
    const state = store as never;
    const before = new SloSet({ objectives: objectives(), state, clock, diagnostics });
    before.get('a').bad(5);
    await before.stop();
    down = true;
    const slos = new SloSet({ objectives: objectives(), state, clock, diagnostics });
    await slos.ready;
    slos.get('a').bad();
    const old = kept;
    await slos.save();
    expect(kept).toBe(old);
    down = false;
    await slos.save();
    expect(slos.get('a').status().bad).toBe(6);
    expect(JSON.parse(kept).snapshots[0].ever).toEqual({ good: 0, bad: 6 });
    await Promise.all([slos.stop(), slos.stop()]);
  });

  it('the event loop has its turn while many objectives are saved', async () => {
    const large = Array.from({ length: 50_000 }, (_, index) => index);
    let turns = 0;
    let saving = true;
    const turn = () => {
      turns++;
      if (saving) setImmediate(turn);
    };
    setImmediate(turn);
    const text = await writeState(Array.from({ length: 30 }, () => () => large));
    saving = false;
    expect(turns).toBeGreaterThan(2);
    expect(readState(text)).toHaveLength(30);
  });

  it('counters shown begin at 0 with the process, or Prometheus would count the restored ones again', async () => {
    const store = memoryStore();
    const before = new SloSet({ objectives: objectives(), state: store, clock, diagnostics });
    before.get('a').bad(1000);
    await before.stop();
    const registry = new Registry();
    const slos = new SloSet({ objectives: objectives(), state: store, registry, clock, diagnostics });
    await slos.ready;
    slos.get('a').bad(2);
    expect(slos.get('a').totals().bad).toBe(1002);
    expect(await registry.metrics()).toContain('slo_events_total{slo="a",outcome="bad"} 2\n');
    await slos.stop();
  });

  it('two sets share a registry', async () => {
    const registry = new Registry();
    const sets = ['a', 'b'].map(
      (id) => new SloSet({ objectives: [{ id, target: 99 }], registry, clock, diagnostics }),
    );
    sets[0]!.get('a').good(1);
    sets[1]!.get('b').good(2);
    const text = await registry.metrics();
    expect(text).toContain('slo_events_total{slo="a",outcome="good"} 1\n');
    expect(text).toContain('slo_events_total{slo="b",outcome="good"} 2\n');
  });

  it('an objective that is wrong leaves no indicator of those before it at work', () => {
    let running = 0;
    const indicator = {
      text: 'mine',
      start: () => {
        running++;
        return { stop: () => void running-- };
      },
    };
    const wrong = [
      { id: 'a', target: 99, indicator },
      { id: 'b', target: 101 },
    ];
    expect(() => new SloSet({ objectives: wrong, clock, diagnostics })).toThrow('target');
    expect(running).toBe(0);
  });
});

describe('text', () => {
  const name = 'a{{ $x }}|<script>\u001b[31m\r\n`b`';

  it('of names is no template in rules', () => {
    const rules = parse(
      prometheusRules([{ id: 'a', name, service: '{{x', target: 99 }], { labels: { team: '{{y}}' } }),
    ).groups[0].rules;
    const alert = rules.find((rule: { alert?: string }) => rule.alert !== undefined);
    expect(alert.annotations.summary).toContain('a{{"{{"}} $x }}');
    expect(alert.labels).toMatchObject({ service: '{{"{{"}}x', team: '{{"{{"}}y}}' });
    expect(rules[0].labels).toMatchObject({ service: '{{x', team: '{{y}}' });
  });

  it('of names is no markup in Markdown', () => {
    const text = availabilityMarkdown(availabilityReport([tracker({ name })]));
    for (const part of ['<script', '\u001b', '\r']) expect(text).not.toContain(part);
    expect(text.split('\n')[2]!.split(/(?<!\\)\|/)).toHaveLength(12);
  });

  it.each([
    ['a-b', 'x'],
    ['severity', 'x'],
    ['__name__', 'x'],
    ['team', 5],
  ])('a label %s=%s is refused', (label, value) => {
    expect(() =>
      prometheusRules([{ id: 'a', target: 99 }], { labels: { [label]: value as string } }),
    ).toThrow('prometheusRules: labels');
  });

  it('two objectives of one id are refused in rules, and of one OpenSLO name in OpenSLO', () => {
    const two = (a: string, b: string) => [a, b].map((id) => ({ id, target: 99 }));
    expect(() => prometheusRules(two('a', 'a'))).toThrow('objectives[1].id is "a"');
    expect(() => writeOpenSlo(two('a_b', 'a-b'))).toThrow('"a_b" and "a-b" are both a-b in OpenSLO');
  });

  it('YAML that grows by its aliases, or is too deep, is an error like others', () => {
    const levels = Array.from({ length: 9 }, (_, i) => {
      const below = i === 0 ? 'x' : `*l${i - 1}`;
      return `l${i}: &l${i} [${Array(9).fill(below).join(',')}]`;
    });
    expect(() => readOpenSlo(levels.join('\n'), { file: 'slo.yaml' })).toThrow(
      'slo.yaml: it cannot be read as YAML',
    );
    for (const text of ['['.repeat(20_000), 'a: *none', '- 1', '"', '\u0000']) {
      expect(() => readOpenSlo(text, { file: 'slo.yaml' })).toThrow(/slo\.yaml/);
    }
  });
});

describe('sources', () => {
  const answers = (value: unknown) =>
    ({ query: async () => ({ type: 'scalar', value, time: START }) }) as never;

  it.each([Infinity, '5', undefined])('that answer %s are an error, not a healthy service', async (value) => {
    await expect(statusFromSource({ id: 'a', target: 99 }, answers(value), START)).rejects.toThrow(
      'no number of events',
    );
  });

  it('that answer a text are an error, and NaN is nothing of nothing', async () => {
    const text = { query: async () => ({ type: 'string', value: 'x' }) } as never;
    await expect(statusFromSource({ id: 'a', target: 99 }, text, START)).rejects.toThrow('string');
    const status = await statusFromSource({ id: 'a', target: 99 }, answers(Number.NaN), START);
    expect(status).toMatchObject({ total: 0, compliance: 1 });
  });
});

describe('many objectives', () => {
  it('10,000 are told of in time that grows with their number', () => {
    const objectives = Array.from({ length: 10_000 }, (_, i) => ({ id: `s${i}`, target: 99, window: '1h' }));
    const slos = new SloSet({ objectives, clock, diagnostics });
    for (const slo of slos) slo.bad();
    expect(slos.statuses().every(({ bad }) => bad === 1)).toBe(true);
  });
});

describe('keepTraces', () => {
  it('has tail sampling keep every trace until all that asked for it have recovered', async () => {
    const ended: string[] = [];
    const next = {
      onStart() {},
      onEnd: ({ name }: { name: string }) => void ended.push(name),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const tail = new TailSamplingProcessor({
      config: {
        policies: [{ name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } }],
      },
      processor: next,
      clock,
      diagnostics,
    });
    const tracer = new TracerProvider({ spanProcessors: [tail], clock, diagnostics }).getTracer('t');
    const trace = async (name: string) => {
      tracer.startSpan(name).end();
      await tail.forceFlush();
    };
    const slos = new SloSet({
      objectives: ['a', 'b'].map((id) => ({ id, target: 99, window: '1h', alerts: [] })),
      clock,
      diagnostics,
    });
    const policies = new SloPolicies({
      slos,
      policies: [{ name: 'look', when: { consumedAbove: 50 }, actions: [keepTraces(tail)] }],
      clock,
      diagnostics,
    });
    await trace('before');
    slos.get('a').bad();
    await policies.evaluate();
    await clock.advance(HOUR / 2);
    slos.get('b').bad();
    await policies.evaluate();
    await trace('both');
    await clock.advance(HOUR / 2 + 120_000);
    await policies.evaluate();
    await trace('one');
    await clock.advance(HOUR);
    await policies.evaluate();
    await trace('none');
    expect(ended).toEqual(['both', 'one']);
    expect(policies.active()).toEqual([]);
    expect(() => keepTraces({} as never)).toThrow('keepTraces: on is {}');
    await policies.stop();
  });
});
