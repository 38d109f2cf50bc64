import { textTable } from '../exporters/text-table.js';
import type { AvailabilityReport } from './availability.js';

const HEAD = [
  'service',
  'availability',
  'target',
  'good',
  'bad',
  'downtime',
  'outages',
  'MTBF',
  'MTTR',
  'longest',
];

/** A report as a table for a terminal, its columns lined up. */
export function availabilityTable(reports: readonly AvailabilityReport[]): string {
  return textTable(HEAD, reports.map(cellsOf));
}

/** A report as a table in Markdown, with the episodes of failure below it. */
export function availabilityMarkdown(reports: readonly AvailabilityReport[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const lines = [
    row(HEAD),
    `| --- |${HEAD.slice(1)
      .map(() => ' ---: |')
      .join('')}`,
    ...reports.map((report) => row(cellsOf(report))),
  ];
  const episodes = reports.flatMap((report) =>
    report.episodes.map(({ from, to }) => {
      const length = to === undefined ? 'lasts still' : lengthText(to - from);
      return `- ${escaped(titleOf(report))}: ${moment(from)} to ${to === undefined ? 'now' : moment(to)}, ${length}`;
    }),
  );
  if (episodes.length > 0) lines.push('', '### Outages', '', ...episodes);
  const rules = new Set(reports.map(({ rule }) => rule));
  for (const rule of rules) lines.push('', `An outage: ${rule}.`);
  return `${lines.join('\n')}\n`;
}

function cellsOf(report: AvailabilityReport): string[] {
  const { availability, target, met, good, bad, downtime, episodes, mtbf, mttr, longestOutage } = report;
  return [
    titleOf(report),
    `${percent(availability)}${met ? '' : ' !'}`,
    `${target} %`,
    count(good),
    count(bad),
    lengthText(downtime),
    String(episodes.length),
    mtbf === undefined ? '–' : lengthText(mtbf),
    mttr === undefined ? '–' : lengthText(mttr),
    longestOutage === 0 ? '–' : lengthText(longestOutage),
  ];
}

function titleOf({ service, name }: AvailabilityReport): string {
  return service === undefined || service === name ? name : `${service}: ${name}`;
}

/** Rounded down: 99.9999 % of a target of 100 % must not read as kept. */
function percent(share: number): string {
  return `${(Math.floor(share * 1e6) / 1e4).toFixed(4).replace(/0{1,2}$/, '')} %`;
}

function count(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** The two largest units of a length of time: `3d 4h`, `12m 30s`, `0s`. */
export function lengthText(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ];
  let rest = Math.round(ms / 1000) * 1000;
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const number = Math.floor(rest / length);
    rest -= number * length;
    if (number > 0) parts.push(`${number}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0s';
}

function moment(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function escaped(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/[|\\`*_[\]]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}
