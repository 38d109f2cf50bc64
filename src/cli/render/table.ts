import { columns, type Paint, plain } from '../../common/terminal-text.js';
import { METRIC_NAME } from '../../query/labels.js';
import type { ResultSample } from '../../query/result.js';
import { alignNumbers, valueText } from './numbers.js';

export interface RenderOptions {
  /** Columns to keep to; `undefined` for any number. */
  readonly columns: number | undefined;
  readonly paint: Paint;
}

const GAP = '  ';

/**
 * Samples as a table: a column for the metric's name, one for each label, the value at the right. Where that is
 * wider than the terminal, the series stand in one column behind the values.
 */
export function renderTable(
  samples: readonly ResultSample[],
  { columns: limit, paint }: RenderOptions,
): string {
  const names = new Set<string>();
  for (const { labels } of samples) for (const [name] of labels) names.add(name);
  const shown = [...names].sort((a, b) => Number(b === METRIC_NAME) - Number(a === METRIC_NAME));
  const values = alignNumbers(samples.map(({ value }) => valueText(value)));
  const valueWidth = Math.max('value'.length, ...values.map(columns));

  const cells = shown.map((name) => [
    name === METRIC_NAME ? 'metric' : plain(name),
    ...samples.map(({ labels }) => plain(labels.get(name))),
  ]);
  const widths = cells.map((column) => Math.max(...column.map(columns)));
  const total = widths.reduce((sum, width) => sum + width + GAP.length, valueWidth);
  if (limit !== undefined && total > limit) return renderList(samples, values, paint);

  const row = (i: number, value: string): string =>
    cells.map((column, c) => pad(column[i]!, widths[c]!) + GAP).join('') + value;
  const head = paint('dim', row(0, 'value'.padStart(valueWidth)));
  const lines = values.map((value, i) => row(i + 1, value.padStart(valueWidth)).trimEnd());
  return `${[head, ...lines].join('\n')}\n`;
}

function renderList(samples: readonly ResultSample[], values: readonly string[], paint: Paint): string {
  const width = Math.max('value'.length, ...values.map(columns));
  const lines = samples.map(({ labels }, i) => `${values[i]!.padStart(width)}${GAP}${plain(`${labels}`)}`);
  return `${[paint('dim', `${'value'.padStart(width)}${GAP}series`), ...lines].join('\n')}\n`;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(width - columns(text));
}
