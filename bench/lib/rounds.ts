import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { BenchLine, Contestant, SelfTimedContestant } from '../line.js';
import { median, type Summary, summarize } from './statistics.js';

export interface Outcome {
  name: string;
  aim?: number;
  unit?: string;
  ours: { name: string } & Summary;
  peer: { name: string } & Summary;
  /** The median of the ratios that single rounds gave, and their quartiles. */
  ratio: Summary;
  rounds: number;
}

interface Pace {
  rounds: number;
  /** The least time that a round of one side takes. */
  roundMs: number;
  warmUpMs: number;
}

const FULL: Pace = { rounds: 11, roundMs: 60, warmUpMs: 400 };
const QUICK: Pace = { rounds: 3, roundMs: 2, warmUpMs: 5 };

/**
 * Measures both sides of a line in alternating rounds. Which side goes first changes from round to round, so
 * that a machine that grows slower or faster meanwhile favours neither. The ratio is taken round by round:
 * two neighbours in time share the machine's mood, two medians need not.
 */
export async function measureLine(line: BenchLine, quick: boolean): Promise<Outcome> {
  const pace = quick ? QUICK : FULL;
  const rounds = quick ? pace.rounds : (line.rounds ?? pace.rounds);
  const comparison = await line.setup();
  try {
    const [ours, peer] = await prepare(comparison.ours, comparison.peer, pace, quick);
    const ourTimes: number[] = [];
    const peerTimes: number[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round % 2 === 0) {
        ourTimes.push(await ours());
        peerTimes.push(await peer());
      } else {
        peerTimes.push(await peer());
        ourTimes.push(await ours());
      }
    }
    return {
      name: line.name,
      ...(line.aim === undefined ? {} : { aim: line.aim }),
      ...(line.unit === undefined ? {} : { unit: line.unit }),
      ours: { name: comparison.ours.name, ...summarize(ourTimes) },
      peer: { name: comparison.peer.name, ...summarize(peerTimes) },
      ratio: summarize(ourTimes.map((time, round) => peerTimes[round]! / time)),
      rounds,
    };
  } finally {
    await comparison.teardown?.();
  }
}

/** Nanoseconds of one operation, measured over one round. */
type Round = () => Promise<number>;
type Side = Contestant | SelfTimedContestant;

async function prepare(ours: Side, peer: Side, pace: Pace, quick: boolean): Promise<[Round, Round]> {
  // In turn and in small portions: code that both sides share (JSON, timers, Maps) is optimised for both.
  const counts = new Map<Contestant, number>();
  const until = performance.now() + 2 * pace.warmUpMs;
  for (let first = true; first || performance.now() < until; first = false) {
    for (const side of [ours, peer]) {
      if ('run' in side) counts.set(side, await calibrate(side, pace.roundMs / 4));
    }
    if (counts.size === 0) break;
  }
  const round = (side: Side): Round => {
    if ('measure' in side) return () => side.measure({ quick });
    // The machine code of the end of the warm-up decides how much fits into a round.
    const n = counts.get(side)! * 4;
    return () => timed(side, n);
  };
  return [round(ours), round(peer)];
}

/** How often the side runs in about `ms` milliseconds: the median of three tries at a growing count. */
async function calibrate(side: Contestant, ms: number): Promise<number> {
  let n = 1;
  for (;;) {
    const elapsed = ((await clocked(side, n)) * n) / 1e6;
    if (elapsed >= ms / 4 || n >= 2 ** 30) break;
    n *= elapsed < ms / 40 ? 8 : 2;
  }
  const times = [await clocked(side, n), await clocked(side, n), await clocked(side, n)];
  return Math.max(1, Math.ceil((ms * 1e6) / median(times)));
}

/**
 * One round. What the other side left behind is collected first. That throws away machine code, too: V8 lets go of
 * the shapes of objects of which none is alive at that moment, and of the code made for them, which a collection
 * that comes by itself does not. So as much again is done before the clock runs; without that, a span of the peer's
 * takes 5 µs instead of 2.3 µs, and one of ours 2 µs instead of 0.5 µs.
 */
async function timed(side: Contestant, n: number): Promise<number> {
  globalThis.gc?.();
  await turn();
  await side.run(n);
  return clocked(side, n);
}

async function clocked(side: Contestant, n: number): Promise<number> {
  await turn();
  const start = spent();
  const pending = side.run(n);
  if (pending !== undefined) await pending;
  return ((spent() - start) * 1e6) / n;
}

/** Milliseconds: of the clock, or with `--cpu` of all threads of this process, the garbage collector's included. */
function spent(): number {
  if (process.env.TELLTALE_BENCH_CPU === undefined) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
