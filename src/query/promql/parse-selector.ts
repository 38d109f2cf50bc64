import { messageOf } from '../../common/diagnostics.js';
import { Re2Missing } from '../../common/re2.js';
import { isValidLabelName, METRIC_NAME } from '../labels.js';
import { Matcher, type MatchOperator } from '../matcher.js';
import { quote } from '../quote.js';
import type { VectorSelector } from './ast.js';
import type { Cursor } from './cursor.js';
import type { Token } from './token.js';
import { unquote } from './unquote.js';

/** A metric's name, which has been taken, and braces; or braces alone. */
export function parseSelector(cursor: Cursor, nameToken?: Token): VectorSelector {
  const start = nameToken?.start ?? cursor.token.start;
  const name = nameToken?.text ?? '';
  const matchers = cursor.kind === '{' ? parseMatchers(cursor) : [];
  const position = { start, end: cursor.previousEnd };
  if (name !== '') {
    const twice = matchers.find((matcher) => matcher.name === METRIC_NAME);
    if (twice !== undefined) {
      cursor.fail(position, `metric name must not be set twice: ${quote(name)} or ${quote(twice.value)}`);
    }
    matchers.push(new Matcher(METRIC_NAME, '=', name));
  }
  return { type: 'selector', name, matchers, offset: 0, offsetExpr: undefined, at: undefined, position };
}

function parseMatchers(cursor: Cursor): Matcher[] {
  const matchers: Matcher[] = [];
  cursor.take();
  while (!cursor.accept('}')) {
    matchers.push(parseMatcher(cursor));
    if (!cursor.accept(',') && cursor.kind !== '}') cursor.unexpected('label matching', '"," or "}"');
  }
  return matchers;
}

function parseMatcher(cursor: Cursor): Matcher {
  const label = cursor.token;
  if (label.kind !== 'identifier' && label.kind !== 'string') {
    cursor.unexpected('label matching', 'identifier or "}"');
  }
  cursor.take();
  const name = label.kind === 'string' ? text(cursor, label) : label.text;
  const operator = cursor.kind;
  if (operator !== '=' && operator !== '!=' && operator !== '=~' && operator !== '!~') {
    // A string alone is the metric's name: {"my.metric", label="value"}.
    if (label.kind === 'string') return new Matcher(METRIC_NAME, '=', name);
    return cursor.unexpected('label matching', 'label matching operator');
  }
  if (!isValidLabelName(name)) cursor.fail(label, `invalid label name ${quote(name)}`);
  cursor.take();
  const valueToken = cursor.token;
  if (valueToken.kind !== 'string') cursor.unexpected('label matching', 'string');
  cursor.take();
  return newMatcher(
    cursor,
    { start: label.start, end: valueToken.end },
    name,
    operator,
    text(cursor, valueToken),
  );
}

function newMatcher(
  cursor: Cursor,
  position: { start: number; end: number },
  name: string,
  operator: MatchOperator,
  value: string,
): Matcher {
  try {
    return new Matcher(name, operator, value);
  } catch (error) {
    if (error instanceof Re2Missing) throw error;
    return cursor.fail(position, messageOf(error));
  }
}

function text(cursor: Cursor, token: Token): string {
  const read = unquote(token.text);
  return 'reason' in read ? cursor.fail(token, read.reason) : read.text;
}
