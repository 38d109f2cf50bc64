import { isDigit, type Match, type TextPattern } from './text-pattern.js';

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/**
 * Payment card numbers: 13 to 19 digits, in groups with single spaces or hyphens between them or in one piece,
 * that begin as cards do (2 to 6; ISO/IEC 7812) and whose last digit is right (Luhn).
 */
export function cardNumbers(): TextPattern {
  return { name: 'cardNumbers', find: findCard };
}

function findCard(text: string, from: number): Match | undefined {
  for (let start = from; start < text.length; start++) {
    if (!isDigit(text.charCodeAt(start)) || (start > 0 && isDigit(text.charCodeAt(start - 1)))) continue;
    const end = cardEnd(text, start);
    if (end > 0) return { start, end };
  }
  return undefined;
}

/** The end of the longest card number that begins here, or 0. It looks at 38 characters at most. */
function cardEnd(text: string, start: number): number {
  const digits: number[] = [];
  let found = 0;
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isDigit(unit)) {
      if (digits.push(unit - 0x30) > MAX_DIGITS) break;
      if (!isDigit(text.charCodeAt(i + 1)) && isCard(digits)) found = i + 1;
    } else if ((unit !== 0x20 && unit !== 0x2d) || !isDigit(text.charCodeAt(i + 1))) break;
  }
  return found;
}

function isCard(digits: readonly number[]): boolean {
  const [first] = digits;
  if (digits.length < MIN_DIGITS || first! < 2 || first! > 6) return false;
  // Only Visa has had numbers of 13 digits.
  if (digits.length === MIN_DIGITS && first !== 4) return false;
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits[i]! * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
