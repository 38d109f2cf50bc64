import { isDigit, isLetter, type Match, type TextPattern } from './text-pattern.js';

/** E-mail addresses as people write them: not every one that RFC 5322 allows, and none without a dotted domain. */
export function emailAddresses(): TextPattern {
  return { name: 'emailAddresses', find: findEmail };
}

function findEmail(text: string, from: number): Match | undefined {
  for (let at = text.indexOf('@', from); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > from && isLocalUnit(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    let dot = -1;
    for (; end < text.length && isDomainUnit(text.charCodeAt(end)); end++) {
      if (text.charCodeAt(end) === 0x2e && isLetterAt(text, end + 1) && isLetterAt(text, end + 2)) dot = end;
    }
    if (start < at && dot > at + 1) {
      // A full stop or a hyphen behind the address is not part of it.
      while (!isLetter(text.charCodeAt(end - 1)) && !isDigit(text.charCodeAt(end - 1))) end--;
      return { start, end };
    }
    // No address that begins later reaches back behind this one's @.
    from = at + 1;
  }
  return undefined;
}

function isLetterAt(text: string, at: number): boolean {
  return isLetter(text.charCodeAt(at));
}

function isLocalUnit(unit: number): boolean {
  return (
    isLetter(unit) ||
    isDigit(unit) ||
    "!#$%&'*+-/=?^_`{|}~.".includes(String.fromCharCode(unit)) ||
    unit > 0x7f
  );
}

function isDomainUnit(unit: number): boolean {
  return isLetter(unit) || isDigit(unit) || unit === 0x2d || unit === 0x2e || unit > 0x7f;
}
