import { expect, it } from 'vitest';
import { SteadyTime } from '../../src/slo/steady-time.js';
import { FakeClock } from '../../src/testing/index.js';

const NOW = Date.UTC(2026, 10, 21);

it('follows the wall clock while it runs evenly', () => {
  const clock = new FakeClock({ now: NOW });
  const time = new SteadyTime(clock);
  clock.advanceSync(60_000);
  expect(time.now()).toBe(NOW + 60_000);
  expect(time.steps).toBe(0);
});

it('goes on evenly when the wall clock is set back, and when that is mended', () => {
  const clock = new FakeClock({ now: NOW });
  const time = new SteadyTime(clock);
  clock.set(NOW - 3_600_000);
  expect(time.now()).toBe(NOW);
  clock.advanceSync(10_000);
  expect(time.now()).toBe(NOW + 10_000);
  clock.set(NOW + 10_000);
  expect(time.now()).toBe(NOW + 10_000);
  clock.advanceSync(1000);
  expect(time.now()).toBe(NOW + 11_000);
  expect(time.steps).toBe(2);
});

it('believes a step forward: the machine may have slept', () => {
  const clock = new FakeClock({ now: NOW });
  const time = new SteadyTime(clock);
  clock.set(NOW + 8 * 3_600_000);
  expect(time.now()).toBe(NOW + 8 * 3_600_000);
});

it('never goes back when the wall clock jitters', () => {
  const clock = new FakeClock({ now: NOW });
  const time = new SteadyTime(clock);
  clock.set(NOW - 900);
  expect(time.now()).toBe(NOW);
  expect(time.steps).toBe(0);
});
