import type { Outcome } from './rounds.js';
import type { Summary } from './statistics.js';

/** One aligned table; numbers to the right, words to the left. `judged` is false where figures mean nothing. */
export function renderTable(outcomes: readonly Outcome[], judged = true): string {
  const rows = outcomes.map((outcome) => [
    outcome.name,
    outcome.ours.name,
    shown(outcome.ours.median, outcome.unit),
    spread(outcome.ours),
    outcome.peer.name,
    shown(outcome.peer.median, outcome.unit),
    spread(outcome.peer),
    `${figure(outcome.ratio.median)}×`,
    `${figure(outcome.ratio.low)}–${figure(outcome.ratio.high)}`,
    outcome.aim === undefined ? '' : `≥ ${figure(outcome.aim)}×`,
    outcome.aim === undefined || !judged ? '' : outcome.ratio.median >= outcome.aim ? 'reached' : 'MISSED',
  ]);
  const head = ['line', 'ours', 'time', '±', 'peer', 'time', '±', 'ratio', 'quartiles', 'aim', ''];
  const right = new Set([2, 3, 5, 6, 7, 8, 9]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        right.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  return [lines[0], '-'.repeat(Math.max(...lines.map((line) => line.length))), ...lines.slice(1)].join('\n');
}

/** What `--json` writes for one line. */
export function jsonLine(outcome: Outcome) {
  return {
    name: outcome.name,
    ours: outcome.ours.name,
    peer: outcome.peer.name,
    ns: outcome.ours.median,
    peerNs: outcome.peer.median,
    ratio: outcome.ratio.median,
  };
}

const UNITS: readonly (readonly [from: number, unit: string])[] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [0, 'ns'],
];

export function time(ns: number): string {
  const [size, unit] = UNITS.find(([from]) => ns >= from) ?? [0, 'ns'];
  return `${figure(ns / (size || 1))} ${unit}`;
}

function shown(value: number, unit: string | undefined): string {
  return unit === undefined ? time(value) : `${figure(value)} ${unit}`;
}

/** Three digits that count. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Half of the distance between the quartiles, as a share of the median. */
function spread({ median, low, high }: Summary): string {
  return `${Math.round(((high - low) / 2 / median) * 100)} %`;
}
