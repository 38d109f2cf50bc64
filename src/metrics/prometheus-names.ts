/** How a name of OpenTelemetry's becomes one of Prometheus's: what a unit is called at its end. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tebibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '%': 'percent',
};

/** The same after a slash: `By/s` is `bytes_per_second`. */
const PER: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/**
 * The Prometheus name of an OpenTelemetry instrument: valid characters only, the unit at the end, `_total` after
 * it where it only grows. What is there already is not added again.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 *
 * @param kind `counter` for what only grows, `gauge` for what `1` is a ratio of
 */
export function prometheusName(name: string, unit: string, kind: string): string {
  let base = name.replace(/[^\w:]+/g, '_').replace(/^_+(?=_)|_+$/g, '');
  const isCounter = kind === 'counter';
  if (isCounter) base = base.replace(/_total$/, '');
  for (const word of wordsOf(unit, kind)) if (!base.split('_').includes(word)) base += `_${word}`;
  if (!/^[a-z_:]/i.test(base)) base = `_${base}`;
  return isCounter ? `${base}_total` : base;
}

/** The Prometheus name of an attribute. */
export function prometheusLabel(name: string): string {
  const label = name.replace(/\W/g, '_');
  // Two underscores at the front are Prometheus' own.
  return label === '' ? 'key_' : /^\d|^__/.test(label) ? `key_${label}` : label;
}

function wordsOf(unit: string, kind: string): string[] {
  const plain = unit.replace(/\{[^}]*\}/g, '').trim();
  if (plain === '1') return kind === 'gauge' ? ['ratio'] : [];
  const [of = '', per = ''] = plain.split('/', 2).map((part) => part.trim());
  const words = of === '' || of === '1' ? [] : [UNITS[of] ?? of.replace(/\W+/g, '_').replace(/^_|_$/g, '')];
  if (per !== '') words.push(`per_${PER[per] ?? per.replace(/\W+/g, '_')}`);
  return words.filter((word) => word !== '');
}
