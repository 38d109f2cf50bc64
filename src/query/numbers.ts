/**
 * A number as Prometheus writes it where no exponent is wanted (Go's format `'f'` with the fewest digits):
 * label values of `count_values`, values of the HTTP API.
 */
export function formatFixed(value: number): string {
  const special = formatSpecial(value);
  if (special !== undefined) return special;
  const text = String(value);
  const at = text.indexOf('e');
  if (at === -1) return Object.is(value, -0) ? '-0' : text;
  const { sign, digits, exponent } = scientific(text);
  // 0.ddd with leading zeros, or ddd with trailing ones: JavaScript uses exponents only outside 1e-7..1e21.
  return exponent < 0
    ? `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
    : `${sign}${digits}${'0'.repeat(exponent + 1 - digits.length)}`;
}

/** A number as Prometheus writes it in messages and in queries (Go's `%g` with the fewest digits). */
export function formatGeneral(value: number): string {
  const special = formatSpecial(value);
  if (special !== undefined) return special;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { sign, digits, exponent } = scientific(value.toExponential());
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const magnitude = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${magnitude}`;
  }
  return formatFixed(value);
}

/**
 * The number that a text stands for, as Go's `strconv` reads it with base 0: `0x1f`, `017` (octal), `1_000`,
 * `1e3`, `2.`, `.5`, `Inf`, `nan`. `undefined` where it is none.
 */
export function parseNumber(text: string): number | undefined {
  const sign = text[0] === '-' ? -1 : 1;
  const body = text[0] === '-' || text[0] === '+' ? text.slice(1) : text;
  if (/^(inf|infinity)$/i.test(body)) return sign * Infinity;
  if (/^nan$/i.test(body)) return Number.NaN;
  if (/^0[xX](_?[0-9a-fA-F])+$/.test(body)) return sign * Number(body.replaceAll('_', ''));
  if (/^0(_?[0-7])+$/.test(body)) return sign * Number.parseInt(body.replaceAll('_', ''), 8);
  if (!/^(\d(_?\d)*(\.(\d(_?\d)*)?)?|\.\d(_?\d)*)([eE][+-]?\d+)?$/.test(body)) return undefined;
  return sign * Number(body.replaceAll('_', ''));
}

function formatSpecial(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : undefined;
}

function scientific(text: string): { sign: string; digits: string; exponent: number } {
  const at = text.indexOf('e');
  const mantissa = text.slice(0, at);
  const sign = mantissa[0] === '-' ? '-' : '';
  return { sign, digits: mantissa.replace(/[-.]/g, ''), exponent: Number(text.slice(at + 1)) };
}
