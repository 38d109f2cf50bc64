/** A JSON parser that accepts nothing that RFC 8259 does not, and no key twice in one object. */
export function parseStrict(text: string): unknown {
  let at = 0;
  const value = parseValue();
  space();
  if (at !== text.length) fail('text after the value');
  return value;

  function fail(what: string): never {
    throw new SyntaxError(`${what} at ${at}: ${text.slice(Math.max(0, at - 40), at + 40)}`);
  }

  function space(): void {
    while (text[at] === ' ' || text[at] === '\t') at++;
  }

  function expectText(expected: string): void {
    if (!text.startsWith(expected, at)) fail(`not ${expected}`);
    at += expected.length;
  }

  function parseValue(): unknown {
    space();
    switch (text[at]) {
      case '{':
        return parseObject();
      case '[':
        return parseArray();
      case '"':
        return parseString();
      case 't':
        expectText('true');
        return true;
      case 'f':
        expectText('false');
        return false;
      case 'n':
        expectText('null');
        return null;
      default:
        return parseNumber();
    }
  }

  function parseNumber(): number {
    const match = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text.slice(at, at + 400));
    if (match === null) fail('not a value');
    at += match[0].length;
    return Number(match[0]);
  }

  function parseString(): string {
    const begin = at++;
    for (; text[at] !== '"'; at++) {
      const unit = text.charCodeAt(at);
      if (at >= text.length || unit < 0x20) fail('a string with a control character, or without an end');
      if (unit >= 0xd800 && unit <= 0xdfff) {
        const next = text.charCodeAt(at + 1);
        if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) fail('a lone surrogate');
        at++;
      }
      if (text[at] === '\\') {
        if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(at, at + 6))) fail('a bad escape');
        at++;
      }
    }
    at++;
    return JSON.parse(text.slice(begin, at)) as string;
  }

  function parseObject(): Map<string, unknown> {
    const members = new Map<string, unknown>();
    at++;
    space();
    if (text[at] === '}') {
      at++;
      return members;
    }
    for (;;) {
      space();
      if (text[at] !== '"') fail('not a key');
      const key = parseString();
      if (members.has(key)) fail(`the key ${JSON.stringify(key)} stands twice`);
      space();
      expectText(':');
      members.set(key, parseValue());
      space();
      if (text[at] === '}') break;
      expectText(',');
    }
    at++;
    return members;
  }

  function parseArray(): unknown[] {
    const members: unknown[] = [];
    at++;
    space();
    if (text[at] === ']') {
      at++;
      return members;
    }
    for (;;) {
      members.push(parseValue());
      space();
      if (text[at] === ']') break;
      expectText(',');
    }
    at++;
    return members;
  }
}
