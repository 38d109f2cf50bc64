/** Labels as they were given, to be shown as they were: in their order, numbers as numbers. */
export type Given = Record<string, string | number>;

/** One series of a metric beneath, with the labels of the call that made it. */
export interface WithGiven {
  given: Given | undefined;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A copy without the names that are not set. */
export function copyLabels(labels: unknown): Given {
  const copy: Given = {};
  if (!isObject(labels)) return copy;
  for (const [name, value] of Object.entries(labels)) if (value !== undefined) copy[name] = value;
  return copy;
}

/** The labels of a call such as `labels('GET', 200)` or `labels({ method: 'GET' })`. */
export function namedLabels(labelNames: readonly string[], args: readonly unknown[]): object {
  if (typeof args[0] === 'object') return args[0] ?? {};
  if (args.length !== labelNames.length) {
    throw new Error(
      `Invalid number of arguments (${args.length}) for the labels ${labelNames.join(', ') || 'of a metric without any'}`,
    );
  }
  return Object.fromEntries(labelNames.map((name, i) => [name, args[i]]));
}

/** Throws at a label that the metric does not have. */
export function checkLabels(labelNames: readonly string[], labels: object): void {
  for (const label in labels) {
    if (labelNames.includes(label)) continue;
    throw new Error(
      `Added label "${label}" is not included in initial labelset: ${labelNames.join(', ') || 'none'}`,
    );
  }
}

/** Throws at what is not a finite number. */
export function checkFinite(value: unknown): void {
  if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${String(value)}`);
}

/** Takes in one value. Throws at what is not a finite number. */
export function observe(series: { observe(value: number): void }, value: unknown): void {
  checkFinite(value);
  series.observe(value as number);
}

/** Begins to measure; the function it returns gives the seconds. On `process.hrtime`, which tests may have faked. */
export function stopwatch(): () => number {
  const start = process.hrtime();
  return () => {
    const [seconds, nanoseconds] = process.hrtime(start);
    return seconds + nanoseconds / 1e9;
  };
}
