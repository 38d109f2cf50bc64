import type { Expr } from './ast.js';
import type { ParserContext } from './cursor.js';

/** Arguments in parentheses. */
export function parseArguments(context: ParserContext): Expr[] {
  const { cursor } = context;
  const args: Expr[] = [];
  cursor.expect('(', '', '');
  if (cursor.accept(')')) return args;
  for (;;) {
    args.push(context.expression());
    if (cursor.accept(')')) return args;
    const comma = cursor.token;
    if (!cursor.accept(',')) cursor.unexpected();
    if (cursor.kind === ')') cursor.fail(comma, 'trailing commas not allowed in function call args');
  }
}
