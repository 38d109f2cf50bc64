import { quote } from '../quote.js';

const OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '=',
  '=~',
  '!~',
  'and',
  'or',
  'unless',
  'atan2',
] as const;
const AGGREGATORS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
] as const;
const WORDS = [
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
  'start',
  'end_of_range',
] as const;

export type TokenKind =
  | (typeof OPERATORS)[number]
  | (typeof AGGREGATORS)[number]
  | (typeof WORDS)[number]
  | ('(' | ')' | '{' | '}' | '[' | ']' | ',' | ':' | '@')
  | ('number' | 'duration' | 'string' | 'identifier' | 'metric_identifier' | 'end');

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const operators: ReadonlySet<string> = /* @__PURE__ */ new Set(OPERATORS);
const aggregators: ReadonlySet<string> = /* @__PURE__ */ new Set(AGGREGATORS);
const words: ReadonlySet<string> = /* @__PURE__ */ new Set(WORDS);

/** Words with a meaning, in lower case; in a query any case will do. */
export const KEYWORDS: ReadonlyMap<string, TokenKind> = /* @__PURE__ */ new Map<string, TokenKind>([
  ...(['and', 'or', 'unless', 'atan2'] as const).map((word) => [word, word] as const),
  ...AGGREGATORS.map((word) => [word, word] as const),
  ...WORDS.filter((word) => word !== 'end_of_range').map((word) => [word, word] as const),
  ['end', 'end_of_range'],
  ['inf', 'number'],
  ['nan', 'number'],
]);

export function isAggregator(kind: TokenKind): kind is (typeof AGGREGATORS)[number] {
  return aggregators.has(kind);
}

/** Words that may still be the name of a metric. */
export function isMetricName(kind: TokenKind): boolean {
  if (kind === 'identifier' || kind === 'metric_identifier' || aggregators.has(kind)) return true;
  return ['and', 'or', 'unless', 'by', 'offset', 'without', 'start', 'end_of_range'].includes(kind);
}

/** Words that may still be the name of a label in a list of labels. */
export function isLabelName(token: Token): boolean {
  if (token.kind === 'identifier' || token.kind === 'metric_identifier') return true;
  return (
    /^[a-zA-Z]/.test(token.text) &&
    (words.has(token.kind) || operators.has(token.kind) || aggregators.has(token.kind))
  );
}

/** A token as the messages of Prometheus name it. */
export function describeToken(token: Token): string {
  const { kind, text } = token;
  switch (kind) {
    case 'end':
      return 'end of input';
    case 'identifier':
      return `identifier ${quote(text)}`;
    case 'metric_identifier':
      return `metric identifier ${quote(text)}`;
    case 'number':
    case 'duration':
    case 'string':
      return `${kind} ${shortQuote(text)}`;
    default:
      if (operators.has(kind)) return `<op:${text}>`;
      if (aggregators.has(kind)) return `<aggr:${text}>`;
      return words.has(kind) ? `<${text}>` : quote(text);
  }
}

/** The character at an offset between single quotes; the end of the input as Go's end-of-file rune is printed. */
export function describeCharacter(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return "'\\ufffd'";
  const character = String.fromCodePoint(code);
  return character === "'" ? "'\\''" : character === '"' ? `'"'` : `'${quote(character).slice(1, -1)}'`;
}

function shortQuote(text: string): string {
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text);
}
