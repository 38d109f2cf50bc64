import { truncate } from '../common/attributes.js';

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

/** The text of any label value at all. Never throws, and never holds half of a surrogate pair. */
export function labelText(value: unknown): string {
  let text: string;
  try {
    text = value === undefined || value === null ? '' : String(value);
  } catch {
    text = 'unreadable';
  }
  if (text.length > MAX_LABEL_LENGTH) text = truncate(text, MAX_LABEL_LENGTH);
  // Halves of pairs all become the same character in UTF-8, and two series of one name and the same labels
  // make Prometheus refuse a whole scrape: so they become that character before they are told apart.
  return LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, '\ufffd') : text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const SPECIAL = /["\\\n]/;

/** `name="value"`, escaped as the Prometheus text format 0.0.4 and OpenMetrics 1.0 both ask. */
export function labelPair(name: string, text: string): string {
  return `${name}="${SPECIAL.test(text) ? escapeLabel(text) : text}"`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
