import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import { Registry } from '../../src/metrics/index.js';
import { SloSet, type SloSetOptions, SloTracker, type StateStore } from '../../src/slo/index.js';
import { FakeClock } from '../../src/testing/index.js';

let clock: FakeClock;
let told: Diagnostic[];
let folder: string;

beforeEach(async () => {
  clock = new FakeClock({ now: Date.UTC(2026, 10, 21, 12) });
  told = [];
  folder = await mkdtemp(join(tmpdir(), 'telltale-slo-'));
});

afterEach(() => rm(folder, { recursive: true }));

function make(options: Partial<SloSetOptions> = {}): SloSet {
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  const objectives = [
    { id: 'checkout', target: 99.9 },
    { id: 'search', target: 99, window: { calendar: 'month' } as const },
  ];
  return new SloSet({ objectives, clock, diagnostics, ...options });
}

function memoryStore(text?: string): StateStore & { text: string | undefined } {
  return {
    text,
    async load() {
      return this.text;
    },
    async save(given) {
      this.text = given;
    },
  };
}

describe('a set', () => {
  it('finds its objectives by id', () => {
    const slos = make();
    expect(slos.get('checkout').objective.target).toBe(0.999);
    expect(Array.from(slos, ({ id }) => id)).toEqual(['checkout', 'search']);
    expect(slos.statuses().map(({ id }) => id)).toEqual(['checkout', 'search']);
    expect(() => slos.get('chekout')).toThrow(
      'SloSet: there is no objective "chekout"; there are: checkout, search',
    );
  });

  it('takes trackers that were made already', () => {
    const tracker = new SloTracker({ id: 'mine', target: 99, clock });
    expect(make({ objectives: [tracker] }).get('mine')).toBe(tracker);
  });

  it('refuses two objectives of one id, and says which', () => {
    const objective = { id: 'a', target: 99 };
    expect(() => make({ objectives: [objective, { id: 'b', target: 9 }, objective] })).toThrow(
      'SloSet: objectives[2].id is "a", as that of another objective',
    );
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ objectives: {} }, /objectives is \{\}; accepted: an array/],
    [{ state: '' }, /path is ""/],
    [{ state: { load() {} } }, /accepted: an object with the methods load, save/],
    [{ registry: {} }, /registry is \{\}/],
    [{ saveInterval: 0 }, /saveInterval is 0/],
    [{ slos: [] }, /unknown option "slos"/],
  ])('%j is refused', (options, message) => {
    expect(() => make(options)).toThrow(message);
  });
});

describe('metrics', () => {
  it('tell of every objective', async () => {
    const registry = new Registry({ clock });
    const slos = make({ registry });
    slos.get('checkout').good(9995);
    slos.get('checkout').bad(5);
    await clock.advance(1000);
    const text = await registry.metrics();
    expect(text).toContain('slo_events_total{slo="checkout",outcome="good"} 9995\n');
    expect(text).toContain('slo_events_total{slo="checkout",outcome="bad"} 5\n');
    expect(text).toContain('slo_objective_ratio{slo="checkout"} 0.999\n');
    expect(text).toMatch(/slo_error_budget_remaining_ratio\{slo="checkout"\} 0\.(5|4999)/);
    expect(text).toMatch(/slo_burn_rate\{slo="checkout",window="30d"\} 0\.(5|4999)/);
    expect(text).toMatch(/slo_burn_rate\{slo="checkout",window="1h"\} 0\.(5|4999)/);
    expect(text).toContain('slo_state{slo="checkout",state="warning"} 1\n');
    expect(text).toContain('slo_state{slo="checkout",state="healthy"} 0\n');
    expect(text).toContain('slo_alert_firing{slo="checkout",severity="page",window="1h"} 0\n');
    slos.get('checkout').bad(5);
    expect(await registry.metrics()).toContain('slo_events_total{slo="checkout",outcome="bad"} 10\n');
  });

  it('stand still when the set is stopped', async () => {
    const registry = new Registry({ clock });
    const slos = make({ registry });
    await registry.metrics();
    await slos.stop();
    slos.get('checkout').bad();
    expect(await registry.metrics()).toContain('slo_events_total{slo="checkout",outcome="bad"} 0\n');
  });
});

describe('state', () => {
  it('survives a restart, in a file', async () => {
    const state = join(folder, 'deep', 'slo.json');
    // A year between two savings: the clock is moved by hand here, and files are written in real time.
    const saveInterval = 365 * 86_400_000;
    const first = make({ state, saveInterval });
    await first.ready;
    first.get('checkout').bad(3);
    await clock.advance(86_400_000);
    first.get('search').good(7);
    await first.stop();
    expect(await readdir(join(folder, 'deep'))).toEqual(['slo.json']);
    const second = make({ state });
    second.get('checkout').bad(1);
    await second.ready;
    expect(second.get('checkout').status()).toMatchObject({ good: 0, bad: 4 });
    expect(second.get('search').status()).toMatchObject({ good: 7, bad: 0 });
    expect(told).toEqual([]);
    await second.stop();
  });

  it('is saved every minute, and at the end', async () => {
    const store = memoryStore();
    const slos = make({ state: store });
    slos.get('checkout').bad(3);
    await clock.advance(59_000);
    expect(store.text).toBeUndefined();
    await clock.advance(2_000);
    expect(store.text).toContain('"checkout"');
    const before = store.text;
    slos.get('checkout').bad(3);
    await slos.stop();
    await slos.stop();
    expect(store.text).not.toBe(before);
  });

  it('keeps what it has of objectives that this process does not know', async () => {
    const store = memoryStore();
    const first = make({ state: store });
    first.get('search').good(7);
    await first.stop();
    const second = make({ state: store, objectives: [{ id: 'checkout', target: 99.9 }] });
    await second.stop();
    const third = make({ state: store });
    await third.ready;
    expect(third.get('search').status().good).toBe(7);
    await third.stop();
  });

  it.each<[string, (text: string) => string]>([
    ['cut off', (text) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['a changed digit', (text) => text.replace('"good":7', '"good":8')],
    ['a newer version', (text) => text.replace('"version":1', '"version":2')],
    ['something else', () => '{"hello":"world"}'],
    ['not even an object', () => 'null'],
    ['binary rubbish', () => '\u0000\uffff\ud800'],
  ])('damaged (%s) it is told of, and the objectives begin anew', async (_name, damage) => {
    const store = memoryStore();
    const first = make({ state: store });
    first.get('search').good(7);
    await first.stop();
    store.text = damage(store.text!);
    const second = make({ state: store });
    await second.ready;
    expect(second.get('search').status().total).toBe(0);
    expect(told).toContainEqual(expect.objectContaining({ code: 'slo_state_unreadable' }));
    second.get('search').good(1);
    await second.stop();
    expect(store.text).toContain('"good":1');
  });

  it('a store that throws or hangs holds nobody up', async () => {
    const throwing = make({
      state: {
        load() {
          throw new Error('no load');
        },
        save: () => Promise.reject(new Error('no save')),
      },
    });
    await throwing.ready;
    throwing.get('checkout').bad();
    await throwing.stop();
    expect(told.map(({ code }) => code)).toEqual(['slo_state_unreadable', 'slo_state_unsaved']);
    const hanging = make({ state: { load: () => new Promise(() => {}), save: () => new Promise(() => {}) } });
    hanging.get('checkout').bad();
    const stopped = hanging.stop();
    await clock.advance(30_000);
    await stopped;
    expect(hanging.get('checkout').status().bad).toBe(1);
  });

  it('a file that cannot be written leaves the old one as it was', async () => {
    const state = join(folder, 'slo.json');
    const first = make({ state });
    first.get('checkout').bad(3);
    await first.stop();
    const before = await readFile(state, 'utf8');
    // A folder stands where the new file would be written.
    await mkdir(`${state}.${process.pid}.new`);
    const second = make({ state });
    await second.save();
    expect(told).toContainEqual(expect.objectContaining({ code: 'slo_state_unsaved' }));
    expect(await readFile(state, 'utf8')).toBe(before);
    await second.stop();
  });
});
