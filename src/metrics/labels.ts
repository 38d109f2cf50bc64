/** What a label may be set to; anything else that arrives at run time is made text as well. */
export type LabelValue = string | number | boolean;

/**
 * Labels by name, for a metric that declares the names `L`. A name left out, null, undefined and the empty
 * string all mean the same: the series does not have that label (the Prometheus data model).
 */
export type LabelValues<L extends string> = [L] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [K in L]?: LabelValue | null | undefined };

/** UTF-16 units of a label value that are kept: a whole request body as a label helps nobody. */
export const MAX_LABEL_LENGTH = 4096;

/** The label of the one series that takes what is beyond the limit, named as in OpenTelemetry's specification. */
export const OVERFLOW_LABEL = 'otel_metric_overflow';

/**
 * The text of any label value at all. Never throws.
 *
 * Halves of surrogate pairs all become the same character in UTF-8, and two series of one name and the same
 * labels make Prometheus refuse a whole scrape: so they become that character before they are told apart.
 */
export function labelText(value: unknown): string {
  try {
    return value === undefined || value === null
      ? ''
      : (String(value).slice(0, MAX_LABEL_LENGTH) as ES2024String).toWellFormed();
  } catch {
    return 'unreadable';
  }
}

/** Node has it since 20. */
type ES2024String = string & { toWellFormed(): string };

/** `name="value"`, escaped as the Prometheus text format 0.0.4 and OpenMetrics 1.0 both ask. */
export function labelPair(name: string, text: string): string {
  return `${name}="${text.replace(/["\\\n]/g, escaped)}"`;
}

/** Such a character as the text format has it. */
export function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

/** Such pairs, read back. */
export function labelsOf(pairs: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, text] of pairs.matchAll(/(\w+)="([^"\\]*(?:\\.[^"\\]*)*)"/g)) {
    labels[name!] = text!.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
  }
  return labels;
}
