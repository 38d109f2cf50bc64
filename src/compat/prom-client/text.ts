import type { MetricObjectWithValues, MetricValue } from './types.js';

type Labels = Readonly<Record<string, string | number>>;

/** A metric as prom-client writes it, line for line. */
export function renderMetric(
  metric: MetricObjectWithValues<MetricValue>,
  defaults: Labels,
  openMetrics: boolean,
): string {
  const { type } = metric;
  const isCounter = openMetrics && type === 'counter';
  const name = isCounter ? metric.name.replace(/_total$/, '') : metric.name;
  const lines = [`# HELP ${name} ${escaped(metric.help)}`, `# TYPE ${name} ${type}`];
  for (const { metricName = name, labels, value, exemplar } of metric.values) {
    const shown = labelText(ordered(type, labels as Labels, defaults));
    let line = `${isCounter ? `${name}_total` : metricName}${shown && `{${shown}}`} ${numberText(value)}`;
    if (openMetrics && exemplar) {
      line += ` # {${labelText(exemplar.labelSet)}} ${numberText(exemplar.value)} ${exemplar.timestamp}`;
    }
    lines.push(line);
  }
  return lines.join('\n');
}

/** Default labels come last; those of a histogram between `le` and its own. A metric's own always win. */
function ordered(type: string, own: Labels, defaults: Labels): Labels {
  if (type !== 'histogram') return { ...own, ...defaults, ...own };
  const { le, ...others } = own;
  const rest = { ...defaults };
  for (const name of Object.keys(others)) delete rest[name];
  return { ...(le !== undefined && { le }), ...rest, ...others };
}

function labelText(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name];
    const shown = typeof value === 'string' ? escaped(value).replace(/"/g, '\\"') : String(value);
    text += `${text && ','}${name}="${shown}"`;
  }
  return text;
}

function escaped(text: string): string {
  return /[\\\n]/.test(text) ? text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n') : text;
}

/** prom-client's spelling of what is not a number included. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'Nan';
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
}
