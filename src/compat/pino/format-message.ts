import { textOf } from '../../logs/read-safely.js';
import { stringify } from '../../logs/stringify.js';

/**
 * A message with its arguments, as pino formats it: `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, `%%`. Arguments that
 * no placeholder asks for are put behind it; pino drops them. Never throws.
 */
export function formatMessage(message: string, values: readonly unknown[]): string {
  if (values.length === 0) return message;
  let next = 0;
  const text = message.replace(/%([sdifjoO%])/g, (placeholder: string, kind: string) => {
    if (kind === '%') return '%';
    if (next === values.length) return placeholder;
    return valueText(kind, values[next++]);
  });
  const rest = values.slice(next).map((value) => valueText(typeof value === 'object' ? 'j' : 's', value));
  return rest.length === 0 ? text : `${text} ${rest.join(' ')}`;
}

function valueText(kind: string, value: unknown): string {
  try {
    if (kind === 's') return typeof value === 'object' && value !== null ? stringify(value) : textOf(value);
    if (kind === 'd' || kind === 'f') return String(Number(value));
    if (kind === 'i') return String(Math.trunc(Number(value)));
  } catch {
    return textOf(value);
  }
  return stringify(value);
}
