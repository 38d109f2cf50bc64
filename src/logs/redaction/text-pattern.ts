/** Where in a text something stands that must not be written: from `start` to before `end`. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds secrets in texts. `find` is called with a growing `from` until it finds nothing more, and all its calls
 * for one text together must take time in proportion to the text's length.
 */
export interface TextPattern {
  /** For the path that a `censor` function is told. */
  readonly name: string;
  /** The first match at or behind `from`. */
  find(text: string, from: number): Match | undefined;
}

export const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;

export const isLetter = (unit: number): boolean => {
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
};
