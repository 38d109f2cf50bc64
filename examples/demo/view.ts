import { styleText } from 'node:util';
import type { ObjectiveFigures, RouteStats } from './scrape.js';

export interface ServiceView {
  name: string;
  url: string;
  routes: RouteStats[];
}

export interface Picture {
  seconds: number;
  services: ServiceView[];
  objectives: readonly ObjectiveFigures[];
  /** Log lines so far, by level. */
  levels: ReadonlyMap<string, number>;
  /** Traces seen so far. */
  traces: number;
  /** Whether to use colours. */
  colors: boolean;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** The whole picture as text: a table of routes for each service, and the log lines by level. */
export function draw(picture: Picture): string {
  const paint = picture.colors ? styleText : (_: string, text: string): string => text;
  const width = Math.max(22, ...picture.services.flatMap(({ routes }) => routes.map((r) => r.route.length)));
  const lines = [
    `${paint('bold', 'telltale demo')}  ${Math.round(picture.seconds)} s, ${count(picture.traces)} traces`,
  ];
  for (const service of picture.services) {
    lines.push(
      '',
      `${paint('cyan', paint('bold', service.name))}  ${paint('dim', `${service.url}/metrics`)}`,
      paint('dim', row(width, 'route', 'req/s', 'errors', 'p50', 'p95', 'p99')),
    );
    for (const stats of service.routes) {
      const errors = `${(stats.errorRatio * 100).toFixed(1)} %`;
      const line = row(
        width,
        stats.route,
        stats.perSecond.toFixed(1),
        errors,
        duration(stats.p50),
        duration(stats.p95),
        duration(stats.p99),
      );
      lines.push(stats.errorRatio > 0 ? line.replace(errors, paint('red', errors)) : line);
    }
    if (service.routes.length === 0) lines.push(paint('dim', '  no requests yet'));
  }
  if (picture.objectives.length > 0) {
    lines.push('', paint('dim', row(width, 'objective', 'budget', 'burn rate', 'state')));
    for (const { id, remaining, burnRate, state } of picture.objectives) {
      const line = row(width, id, `${(remaining * 100).toFixed(0)} %`, burnRate.toFixed(2), state);
      lines.push(`${paint(STATE_COLORS[state] ?? 'dim', line)}  ${bar(remaining)}`);
    }
  }
  const levels = LEVELS.filter((level) => picture.levels.has(level)).map(
    (level) => `${paint(colorOf(level), level)} ${count(picture.levels.get(level) ?? 0)}`,
  );
  lines.push('', `log lines  ${levels.join('  ') || 'none yet'}`);
  return lines.join('\n');
}

const STATE_COLORS: Readonly<Record<string, 'green' | 'yellow' | 'red'>> = {
  healthy: 'green',
  warning: 'yellow',
  critical: 'red',
  breached: 'red',
};

/** What is left of a budget, in 20 pieces. */
function bar(remaining: number): string {
  const full = Math.max(0, Math.min(20, Math.round(remaining * 20)));
  return '█'.repeat(full) + '░'.repeat(20 - full);
}

function row(width: number, route: string, ...cells: string[]): string {
  return `  ${route.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}

function duration(seconds: number): string {
  if (Number.isNaN(seconds)) return '–';
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
}

function count(n: number): string {
  return n.toLocaleString('en-GB');
}

function colorOf(level: string): 'dim' | 'green' | 'yellow' | 'red' {
  if (level === 'error' || level === 'fatal') return 'red';
  if (level === 'warn') return 'yellow';
  return level === 'info' ? 'green' : 'dim';
}
