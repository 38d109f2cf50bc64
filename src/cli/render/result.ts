import { clip, columns, plain } from '../../common/terminal-text.js';
import { formatDuration } from '../../query/duration.js';
import type { QueryResult, ResultSeries } from '../../query/result.js';
import { type ChartPoint, renderChart } from './chart.js';
import { alignNumbers, shortText, valueText } from './numbers.js';
import { sparkline } from './sparkline.js';
import { type RenderOptions, renderTable } from './table.js';
import { momentText } from './time-axis.js';

/** The moment or the range that was asked about. */
export interface When {
  readonly time: number;
  readonly range: { readonly start: number; readonly end: number; readonly step: number } | undefined;
}

/** Series that get a chart each; more get a line each. */
const CHARTS = 5;
/** Columns where no terminal says how many. */
const PAPER = 100;

/** A result as text for a terminal. */
export function renderResult(result: QueryResult, when: When, options: RenderOptions): string {
  switch (result.type) {
    case 'scalar':
      return `${valueText(result.value)}\n`;
    case 'string':
      return `${plain(result.value)}\n`;
    case 'vector':
      return result.samples.length === 0 ? nothing(when, options) : renderTable(result.samples, options);
    case 'matrix':
      if (result.series.length === 0) return nothing(when, options);
      return when.range === undefined
        ? result.series.map((series) => renderSamples(series, options)).join('\n')
        : renderRange(result.series, when.range, options);
  }
}

function nothing({ time, range }: When, { paint }: RenderOptions): string {
  const moment =
    range === undefined
      ? `at ${momentText(time)}`
      : `from ${momentText(range.start)} to ${momentText(range.end)}`;
  return `${paint('dim', `no series ${moment}`)}\n`;
}

/** The raw samples of a range selector, one a line. */
function renderSamples({ labels, points }: ResultSeries, { paint }: RenderOptions): string {
  const values = alignNumbers(points.map(({ value }) => valueText(value)));
  const lines = points.map(({ time }, i) => `  ${paint('dim', momentText(time))}  ${values[i]!.trimEnd()}\n`);
  return `${paint('bold', plain(`${labels}`))}\n${lines.join('')}`;
}

function renderRange(
  series: readonly ResultSeries[],
  range: { start: number; end: number; step: number },
  options: RenderOptions,
): string {
  const { paint } = options;
  const every = `every ${formatDuration(Math.max(1, Math.round(range.step)))}`;
  const head = `${momentText(range.start).replace(' UTC', '')} to ${momentText(range.end)}, ${every}`;
  if (series.length > CHARTS) {
    return `${paint('dim', head)}\n\n${renderLines(series, range, options)}`;
  }
  const rows = series.length === 1 ? 11 : series.length <= 3 ? 7 : 5;
  const charts = series.map((one) => {
    const points = finitePoints(one);
    const name = paint('bold', plain(`${one.labels}`));
    const title = one.labels.size === 0 ? '' : `${name}\n`;
    if (points.length === 0) return `${title}${renderSamplesOnly(one)}\n`;
    const columns = options.columns ?? PAPER;
    const chart = renderChart(points, { ...range, columns, rows, paint });
    return `${title}${chart}${paint('dim', summary(one, points))}\n`;
  });
  return `${paint('dim', head)}\n\n${charts.join('\n')}`;
}

/** One line a series, where there are too many for a chart each. */
function renderLines(
  series: readonly ResultSeries[],
  range: { start: number; end: number; step: number },
  { columns: limit = PAPER, paint }: RenderOptions,
): string {
  const all = series.map(finitePoints);
  const numbers = (pick: (points: readonly ChartPoint[]) => number | undefined): string[] =>
    all.map((points) => (points.length === 0 ? '' : shortText(pick(points)!)));
  const figures = [
    ['min', numbers((points) => Math.min(...points.map(({ value }) => value)))],
    ['max', numbers((points) => Math.max(...points.map(({ value }) => value)))],
    ['last', numbers((points) => points.at(-1)?.value)],
  ] as const;
  const aligned = figures.map(([title, texts]) => {
    const width = Math.max(title.length, ...texts.map((text) => text.length));
    return [title, ...texts].map((text) => text.padStart(width));
  });
  const figureWidth = aligned.reduce((sum, column) => sum + 2 + column[0]!.length, 0);
  const names = ['series', ...series.map(({ labels }) => plain(`${labels}`))];
  const room = limit - figureWidth - 4;
  const nameWidth = Math.min(Math.max(...names.map(columns)), Math.max(20, room - 24));
  const lineWidth = Math.max(10, Math.min(60, room - nameWidth));
  const lines = names.map((name, i) => {
    const shown = clip(name, nameWidth);
    const drawn = i === 0 ? ' '.repeat(lineWidth) : sparkline(all[i - 1]!, range, lineWidth);
    const cells = aligned.map((column) => `  ${column[i]}`).join('');
    const start = `${shown}${' '.repeat(nameWidth - columns(shown))}  `;
    return i === 0 ? paint('dim', `${start}${drawn}${cells}`) : `${start}${paint('cyan', drawn)}${cells}`;
  });
  return `${lines.join('\n')}\n`;
}

function finitePoints({ points }: ResultSeries): ChartPoint[] {
  const finite: ChartPoint[] = [];
  for (const { time, value } of points) {
    if (typeof value === 'number' && Number.isFinite(value)) finite.push({ time, value });
  }
  return finite;
}

/** A series without a single finite number: what its last sample is. */
function renderSamplesOnly({ points }: ResultSeries): string {
  const last = points.at(-1)!;
  return `  ${points.length} samples, none a finite number; the last: ${valueText(last.value)}`;
}

function summary({ points: all }: ResultSeries, points: readonly ChartPoint[]): string {
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (const { value } of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const texts = [`min ${valueText(low)}`, `mean ${shortText(sum / points.length)}`, `max ${valueText(high)}`];
  texts.push(`last ${valueText(all.at(-1)!.value)}`);
  const left = all.length - points.length;
  if (left > 0) texts.push(`${left} of ${all.length} samples cannot be drawn (histograms, NaN, Inf)`);
  return texts.join('   ');
}
