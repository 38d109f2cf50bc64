/** Ways to match one text, beyond which an expression is left to RE2. */
const MAX_PATHS = 64;
/** Characters and classes of an expression, repetitions multiplied out. */
const MAX_SIZE = 500;
const MAX_LENGTH = 500;
const MAX_REPEAT = 100;

const SPACE = '\\t\\n\\f\\r\\u{20}';
const ESCAPED_CLASSES: Readonly<Record<string, string>> = {
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
};

/**
 * The part of RE2's syntax that JavaScript's own expressions match in linear time, as such an expression for the whole
 * text; `undefined` for all else.
 *
 * JavaScript backtracks: it tries one way after another. The ways stay few where nothing but single characters is
 * repeated without end, and that at one place of each alternative (`/api/v[12]/.*`, `5..`, `(GET|POST)`, `[a-z0-9-]+`).
 * Most matchers in dashboards are of that kind; they need no automaton, which takes 10 ms to load, and match some ten
 * times as fast.
 */
export function linearRegExp(source: string): RegExp | undefined {
  if (source.length > MAX_LENGTH || /\p{Surrogate}/u.test(source)) return undefined;
  const reader = new Reader(source);
  const whole = reader.alternatives(0);
  if (whole === undefined || !reader.atEnd || !isCheap(whole)) return undefined;
  return new RegExp(`^(?:${whole.text})$`, 'su');
}

/** A piece of the expression, translated. */
interface Piece {
  readonly text: string;
  /** In how many ways it can match at one place. */
  readonly paths: number;
  /** Repetitions without end that follow one another in it. */
  readonly endless: number;
  /** Characters and classes in it, repetitions multiplied out. */
  readonly size: number;
  /** Whether it is one character or class. */
  readonly isSingle: boolean;
}

function isCheap({ paths, endless, size }: Piece): boolean {
  return paths <= MAX_PATHS && endless <= 1 && size <= MAX_SIZE;
}

/** Reads an expression; every method gives `undefined` for what it does not know, without a look at whether RE2 does. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get atEnd(): boolean {
    return this.#at === this.#source.length;
  }

  alternatives(depth: number): Piece | undefined {
    const texts: string[] = [];
    let [paths, endless, size] = [0, 0, 0];
    do {
      const piece = this.#sequence(depth);
      if (piece === undefined) return undefined;
      texts.push(piece.text);
      paths += piece.paths;
      endless = Math.max(endless, piece.endless);
      size += piece.size;
    } while (this.#take('|'));
    return { text: texts.join('|'), paths, endless, size, isSingle: false };
  }

  #sequence(depth: number): Piece | undefined {
    let [text, paths, endless, size] = ['', 1, 0, 0];
    // The whole text has to match anyway.
    if (depth === 0) this.#take('^');
    while (!this.atEnd && !this.#sees('|') && !this.#sees(')')) {
      if (depth === 0 && /^\$(\||$)/.test(this.#source.slice(this.#at))) {
        this.#at++;
        break;
      }
      const atom = this.#atom(depth);
      const piece = atom && this.#repeated(atom);
      if (piece === undefined) return undefined;
      text += piece.text;
      paths *= piece.paths;
      endless += piece.endless;
      size += piece.size;
      if (paths > MAX_PATHS || size > MAX_SIZE) return undefined;
    }
    return { text, paths, endless, size, isSingle: false };
  }

  #atom(depth: number): Piece | undefined {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group(depth);
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '.':
        return single('.');
      default:
        return /[*+?{}\]^$]/.test(character) ? undefined : single(literal(character));
    }
  }

  #group(depth: number): Piece | undefined {
    if (this.#take('?') && !this.#take(':')) return undefined;
    const inner = depth < 10 ? this.alternatives(depth + 1) : undefined;
    if (inner === undefined || !this.#take(')')) return undefined;
    return { ...inner, text: `(?:${inner.text})` };
  }

  #escape(): Piece | undefined {
    if (this.atEnd) return undefined;
    const escaped = this.#next();
    const text = Object.hasOwn(ESCAPED_CLASSES, escaped)
      ? ESCAPED_CLASSES[escaped]!
      : isPunctuation(escaped)
        ? literal(escaped)
        : undefined;
    return text === undefined ? undefined : single(text);
  }

  #class(): Piece | undefined {
    let text = this.#take('^') ? '[^' : '[';
    if (this.#sees(']')) return undefined;
    while (!this.#take(']')) {
      if (this.#source.startsWith('-]', this.#at)) {
        this.#at++;
        text += literal('-');
        continue;
      }
      const low = this.#member();
      if (low === undefined) return undefined;
      text += low.text;
      // A dash before the end is one; any other makes a range.
      if (!this.#sees('-') || this.#source.startsWith('-]', this.#at)) continue;
      this.#at++;
      const high = this.#member();
      if (high === undefined || !(low.code <= high.code)) return undefined;
      text += `-${high.text}`;
    }
    return single(`${text}]`);
  }

  /** A member of a class; that of several characters has no code, and can begin or end no range. */
  #member(): { text: string; code: number } | undefined {
    if (this.atEnd) return undefined;
    const character = this.#next();
    if (character === '[' || character === '-') return undefined;
    if (character !== '\\') return { text: literal(character), code: character.codePointAt(0)! };
    if (this.atEnd) return undefined;
    const escaped = this.#next();
    if (/[dw]/.test(escaped)) return { text: `\\${escaped}`, code: Number.NaN };
    if (escaped === 's') return { text: SPACE, code: Number.NaN };
    return isPunctuation(escaped) ? { text: literal(escaped), code: escaped.codePointAt(0)! } : undefined;
  }

  #repeated(atom: Piece): Piece | undefined {
    const match = /^(?:[*+?]|\{(\d{1,3})(,(\d{0,3}))?\})/.exec(this.#source.slice(this.#at, this.#at + 9));
    if (match === null) return atom;
    const [sign, lower, comma, upper] = match;
    this.#at += sign.length;
    // `*?`, and what RE2 has not, such as `**`.
    if (/[*+?{]/.test(this.#source[this.#at] ?? '')) return undefined;
    const text = atom.text + sign;
    const least = Number(lower ?? (sign === '+' ? 1 : 0));
    const most =
      sign === '?' ? 1 : comma === undefined && lower !== undefined ? least : Number(upper || 'Infinity');
    if (most === Infinity) {
      if (!atom.isSingle || least > MAX_REPEAT) return undefined;
      return { text, paths: 1, endless: 1, size: least + 1, isSingle: false };
    }
    if (atom.endless > 0 || most > MAX_REPEAT || most < least) return undefined;
    let paths = 0;
    for (let count = least; count <= most && paths <= MAX_PATHS; count++) paths += atom.paths ** count;
    return { text, paths, endless: 0, size: atom.size * most, isSingle: false };
  }

  #sees(character: string): boolean {
    return this.#source[this.#at] === character;
  }

  #take(character: string): boolean {
    const sees = this.#sees(character);
    if (sees) this.#at++;
    return sees;
  }

  #next(): string {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += character.length;
    return character;
  }
}

function single(text: string): Piece {
  return { text, paths: 1, endless: 0, size: 1, isSingle: true };
}

function isPunctuation(character: string): boolean {
  return /[!-/:-@[-`{-~]/.test(character);
}

function literal(character: string): string {
  return /[a-z0-9]/i.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
