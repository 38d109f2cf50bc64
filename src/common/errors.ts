/**
 * The error that telltale throws for a wrong configuration, always at construction and never later.
 *
 * The message names the option, what was given, and what is accepted.
 */
export class TelltaleError extends Error {
  override readonly name = 'TelltaleError';
  /** The path of the option that was wrong, for example `traces.exporters[0]`. */
  readonly option: string;

  constructor(message: string, option: string) {
    super(message);
    this.option = option;
  }
}

/** Builds the error for an option: `owner` is what the user called, `option` the path inside its argument. */
export function invalidOption(
  owner: string,
  option: string,
  given: unknown,
  accepted: string,
): TelltaleError {
  return new TelltaleError(`${owner}: ${option} is ${describe(given)}; accepted: ${accepted}`, option);
}

/** A short text for any value at all, for error messages. Never throws, whatever the value does when read. */
export function describe(value: unknown): string {
  try {
    const text = said(value);
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
  } catch {
    return `a value of type ${typeof value} that cannot be read`;
  }
}

function said(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `a function${value.name && ` (${value.name})`}`;
  // Symbols have no JSON; numbers are text of their own (NaN, -0).
  if (typeof value !== 'object' && typeof value !== 'string') return String(value);
  if (value instanceof Error) return `the error ${JSON.stringify(value.message)}`;
  const name = value?.constructor?.name ?? '';
  return /^(Object|Array|String|)$/.test(name) ? JSON.stringify(value) : `a ${name}`;
}
