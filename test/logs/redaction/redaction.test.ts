import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  Logger,
  type LoggerOptions,
  memorySink,
  type ReadableLogRecord,
  recordSink,
  withContext,
} from '../../../src/logs/index.js';
import {
  bearerTokens,
  cardNumbers,
  emailAddresses,
  hashed,
  linearPattern,
  type RedactionOptions,
  redaction,
} from '../../../src/logs/redaction/index.js';
import { parseStrict } from '../lib/strict-json.js';

function make(options: RedactionOptions, more: LoggerOptions = {}) {
  const sink = memorySink();
  const records: ReadableLogRecord[] = [];
  const logger = new Logger({
    redact: redaction(options),
    sinks: [sink, recordSink((record) => records.push(record))],
    ...more,
  });
  return { logger, sink, records };
}

/** The fields of one line, and what a record of it says, which must be the same. */
function logged(options: RedactionOptions, fields: object, message = 'm'): Record<string, unknown> {
  const { logger, sink, records } = make(options);
  logger.info(message, fields);
  const { time: _time, level: _level, msg, ...rest } = sink.records[0]!;
  expect(JSON.parse(JSON.stringify(records[0]!.attributes))).toEqual(rest);
  expect(records[0]!.body).toBe(msg);
  return rest;
}

const R = '[Redacted]';

describe('redaction by path', () => {
  it('takes names, brackets, indices and wildcards', () => {
    const given = {
      password: 'p',
      user: { name: 'ada', token: 't', deep: { token: 'd' } },
      headers: { 'set-cookie': 'c', 'a.b': 1 },
      list: [{ token: 1 }, { token: 2, id: 3 }],
    };
    const before = structuredClone(given);
    const paths = [
      'password',
      'user.token',
      'headers["set-cookie"]',
      "headers['a.b']",
      'list[*].token',
      'list[0]',
    ];
    expect(logged({ paths }, given)).toEqual({
      password: R,
      user: { name: 'ada', token: R, deep: { token: 'd' } },
      headers: { 'set-cookie': R, 'a.b': R },
      list: [R, { token: R, id: 3 }],
    });
    expect(logged({ paths: ['*.token', '*.*.token'] }, given)).toMatchObject({
      password: 'p',
      user: { token: R, deep: { token: R } },
      list: [{ token: R }, { token: R }],
    });
    expect(given).toEqual(before);
  });

  it('joins paths that overlap, a name with a wildcard too', () => {
    const given = { a: { b: { c: 1, d: 2 }, e: 3 }, x: { b: { c: 1 }, e: 4 } };
    expect(logged({ paths: ['*.b.c', 'a.e', 'a.b.d'] }, given)).toEqual({
      a: { b: { c: R, d: R }, e: R },
      x: { b: { c: R }, e: 4 },
    });
    expect(logged({ paths: ['a', 'a.b.c'] }, given)).toMatchObject({ a: R });
  });

  it('passes over paths that lead nowhere, and shares what it need not copy', () => {
    let seen: unknown;
    const fields = { a: 1, user: { x: 1 } };
    const logger = new Logger({
      sinks: [
        {
          accept(call) {
            seen = call.fields;
          },
        },
      ],
      redact: redaction({ paths: ['user.token.deep', 'missing', 'a.b'] }),
    });
    logger.info('m', fields);
    expect(seen).toBe(fields);
  });

  it('looks into errors, Maps, class instances and what toJSON returns', () => {
    class Account {
      id = 7;
      secret = 's';
    }
    const error = Object.assign(new Error('no', { cause: new Error('deep') }), { config: { auth: 'x' } });
    expect(
      logged(
        { paths: ['map.secret', 'account.secret', 'json.secret', 'failure.config.auth'] },
        {
          failure: error,
          map: new Map([['secret', 1]]),
          account: new Account(),
          json: { toJSON: () => ({ secret: 1, open: 2 }) },
        },
      ),
    ).toMatchObject({
      failure: { config: { auth: R } },
      map: { secret: R },
      account: { id: 7, secret: R },
      json: { secret: R, open: 2 },
    });
    const { logger, sink } = make({ paths: ['err.config.auth', 'err.cause.message'] });
    logger.error(error);
    expect(sink.records[0]).toMatchObject({
      msg: 'no',
      err: { type: 'Error', message: 'no', config: { auth: R }, cause: { message: R } },
    });
    expect(error.config.auth).toBe('x');
  });
});

describe('redaction by name', () => {
  it('finds it anywhere, in any case', () => {
    expect(
      logged(
        { keys: ['Password', 'authorization'] },
        {
          PASSWORD: 1,
          deep: [{ headers: { Authorization: 'x', host: 'h' } }, new Map([['password', 1]])],
          failure: Object.assign(new Error('x'), { request: { password: 1 } }),
        },
      ),
    ).toMatchObject({ PASSWORD: R, deep: [{ headers: { Authorization: R, host: 'h' } }, { password: R }] });
  });

  it('survives cycles, and what is too deep or too wide is not written', () => {
    const a: Record<string, unknown> = { password: 1 };
    a.self = a;
    expect(logged({ keys: ['password'] }, { a })).toEqual({ a: { password: R, self: '[Circular]' } });
    let deep: Record<string, unknown> = { password: 'hidden' };
    for (let i = 0; i < 30; i++) deep = { deep };
    expect(JSON.stringify(logged({ keys: ['password'] }, deep))).not.toContain('hidden');
    const wide = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key${i}`, i]));
    const { logger, sink } = make({ keys: ['password'] });
    logger.info('m', { wide: { ...wide, password: 'hidden' } });
    expect(sink.lines[0]).not.toContain('hidden');
  });
});

describe('redaction by pattern', () => {
  const patterns = [cardNumbers(), bearerTokens(), emailAddresses()];

  it('finds secrets in messages, values, errors and bound fields', () => {
    const { logger, sink, records } = make({ patterns }, { fields: { owner: 'root@example.org' } });
    const error = new Error('card 4111 1111 1111 1111 declined');
    withContext({ contact: 'ctx@example.org' }, () =>
      logger
        .child({ by: 'ada@example.org' })
        .warn('mail to bob@example.org', { err: error, list: ['Bearer abcdefgh12345'], n: 4111111111111111 }),
    );
    const text = sink.lines[0]! + JSON.stringify(records[0]!.attributes) + records[0]!.body;
    expect(text).not.toMatch(/4111|@example|abcdefgh/);
    expect(sink.records[0]).toMatchObject({
      msg: `mail to ${R}`,
      owner: R,
      by: R,
      contact: R,
      list: [`Bearer ${R}`],
      n: R,
    });
    expect(error.message).toContain('4111');
  });

  it.each([
    ['4111111111111111', R],
    ['card=4111-1111-1111-1111.', `card=${R}.`],
    ['378282246310005 and 6011 1111 1111 1117', `${R} and ${R}`],
    ['order 12 4111111111111111', `order 12 ${R}`],
    ['4111111111111112', '4111111111111112'],
    ['1795293000123', '1795293000123'],
    ['41111111111111111111111111', '41111111111111111111111111'],
    ['4222222222222', R],
  ])('cards: %s', (text, expected) => {
    expect(logged({ patterns: [cardNumbers()] }, { text })).toEqual({ text: expected });
  });

  it.each([
    ['authorization: bearer  abc.def-ghi', `authorization: bearer  ${R}`],
    ['Bearer', 'Bearer'],
    ['the bearer of news', 'the bearer of news'],
    ['token eyJhbGciOi.eyJzdWIi.sig!', `token ${R}!`],
    ['forebearer abcdefghijk', 'forebearer abcdefghijk'],
  ])('tokens: %s', (text, expected) => {
    expect(logged({ patterns: [bearerTokens()] }, { text })).toEqual({ text: expected });
  });

  it.each([
    ['a@b.co', R],
    ['to <first.last+tag@mail.example.org>, now', `to <${R}>, now`],
    ['a@b.co,c@d.org.', `${R},${R}.`],
    ['a@b', 'a@b'],
    ['@home @ @@ a@ @b.co', '@home @ @@ a@ @b.co'],
    ['jürgen@müller.de', R],
    ['a@b@c.de', `a@${R}`],
  ])('addresses: %s', (text, expected) => {
    expect(logged({ patterns: [emailAddresses()] }, { text })).toEqual({ text: expected });
  });

  it('takes patterns of one’s own, in linear time', () => {
    const own = [linearPattern('AKIA[0-9A-Z]{4}'), linearPattern('(a+)+$')];
    expect(logged({ patterns: own }, { text: 'key AKIA1234 and AKIA5678.' })).toEqual({
      text: `key ${R} and ${R}.`,
    });
    // Backtracking would take years.
    expect(logged({ patterns: own }, { text: `${'a'.repeat(5000)}!` })).toEqual({
      text: `${'a'.repeat(5000)}!`,
    });
    expect(() => linearPattern('(a')).toThrow(
      /linearPattern: source is "\(a" \(.*accepted: a regular expression/,
    );
    expect(() => linearPattern('(a)\\1')).toThrow(/linearPattern: source/);
    expect(() => linearPattern('x*')).toThrow(/does not match the empty text/);
  });

  it.each([
    ['cards', cardNumbers(), ['4', '1 ', '4-', '411111111111111 ']],
    ['tokens', bearerTokens(), ['bearer ', 'eyJ', 'b', 'bearer']],
    ['addresses', emailAddresses(), ['a', '@', 'a@', 'a@b', '.', 'a@.']],
  ])('looks through hostile texts in linear time: %s', (_, pattern, pieces) => {
    for (const piece of pieces) {
      let steps = 0;
      const text = piece.repeat(Math.ceil(200_000 / piece.length));
      const counting = new Proxy(new String(text), {
        get(target, key) {
          if (key === 'charCodeAt') {
            return (i: number) => {
              steps++;
              return text.charCodeAt(i);
            };
          }
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }) as unknown as string;
      let from = 0;
      for (let match = pattern.find(counting, 0); match; match = pattern.find(counting, from))
        from = match.end;
      expect(steps).toBeLessThan(text.length * 60);
    }
  });

  it('cuts long texts as a line would, and looks no further', () => {
    const { logger, sink } = make({ patterns });
    logger.info('m', { text: `${'x'.repeat(32_760)} 4111111111111111 ${'y'.repeat(100_000)}` });
    const { text } = sink.records[0]! as { text: string };
    expect(text).not.toContain('4111');
    expect(text).toMatch(/x\[\d+ more characters\]$/);
  });
});

describe('what is written instead', () => {
  it('is a text, the answer of a function, a hash, or nothing', () => {
    expect(logged({ keys: ['a'], censor: '***' }, { a: 1 })).toEqual({ a: '***' });
    expect(logged({ keys: ['a'], remove: true }, { a: 1, b: { a: 1, c: 2 } })).toEqual({ b: { c: 2 } });
    expect(logged({ paths: ['a', 'b.a'], remove: true }, { a: 1, b: { a: 1, c: 2 } })).toEqual({
      b: { c: 2 },
    });
    expect(
      logged(
        { keys: ['a'], patterns: [emailAddresses()], remove: true, censor: '-' },
        { a: 1, b: 'to x@y.org' },
      ),
    ).toEqual({ b: 'to -' });
    expect(
      logged(
        { paths: ['a.b', 'c'], censor: (value, path) => `${path.join('.')}=${String(value).length}` },
        {
          a: { b: 'four' },
          c: 12,
        },
      ),
    ).toEqual({ a: { b: 'a.b=4' }, c: 'c=2' });
    const fail = (): never => {
      throw new Error('censor');
    };
    expect(logged({ keys: ['a'], censor: fail }, { a: 1 })).toEqual({ a: R });
    const censor = hashed('0123456789abcdef');
    const { email, again } = logged(
      { paths: ['email', 'again', 'other'], censor },
      {
        email: 'a@b.co',
        again: 'a@b.co',
        other: { a: 1 },
      },
    );
    expect(email).toMatch(/^hmac:[0-9a-f]{16}$/);
    expect(again).toBe(email);
    expect(() => hashed('short')).toThrow('hashed: key has 5 characters; accepted: 16 or more');
    expect(() => hashed(undefined)).toThrow('hashed: key');
  });
});

describe('laws of redaction', () => {
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('4111111111111111', 'x@y.org', 'Bearer abcdefgh', null, undefined, 1, 4111111111111111),
    fc
      .constantFrom<() => unknown>(
        () => new Error('x@y.org', { cause: new Error('4111111111111111') }),
        () =>
          new Map<unknown, unknown>([
            ['secret', 'hidden'],
            ['a', 'x@y.org'],
          ]),
        () => new Set(['x@y.org']),
        () => ({ toJSON: () => ({ secret: 'hidden' }) }),
        () => new Date(0),
        () => Buffer.from('abc'),
        () => Symbol('x@y.org'),
        () => 4111111111111111n,
        () =>
          new (class {
            secret = 'hidden';
          })(),
      )
      .map((create) => create()),
  );
  const name = fc.oneof(fc.constantFrom('secret', 'a', 'b', '__proto__', 'level'), fc.string());
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 5 }),
    ),
  }));

  it('no secret is in any line or record, every line is valid, and the input is as it was', () => {
    const { logger, sink, records } = make({
      paths: ['a.*.b', '*.secret', 'a'],
      keys: ['secret'],
      patterns: [cardNumbers(), bearerTokens(), emailAddresses()],
    });
    const hide = (value: unknown): unknown =>
      value !== null && typeof value === 'object'
        ? Object.keys(value).includes('secret')
          ? Object.assign(value, { secret: 'hidden' })
          : value
        : value;
    fc.assert(
      fc.property(fc.dictionary(name, tree.map(hide), { maxKeys: 6 }), fc.string(), (fields, message) => {
        sink.clear();
        records.length = 0;
        const before = JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
        logger.child(fields).info(`${message} x@y.org`, fields);
        const after = JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
        expect(after).toBe(before);
        parseStrict(sink.lines[0]!);
        const all = sink.lines[0]! + JSON.stringify(records[0]!.attributes) + records[0]!.body;
        expect(all).not.toMatch(/hidden|4111111111111111|x@y\.org|abcdefgh/);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('inherited fields are no way around it', () => {
    for (const options of [{ keys: ['secret'] }, { paths: ['secret'] }]) {
      const { logger, sink } = make(options);
      logger.info('m', Object.create({ secret: 'hidden' }) as object);
      expect(sink.lines[0]).not.toContain('hidden');
    }
  });

  it('nothing throws into the caller', () => {
    const { logger, sink } = make({
      keys: ['secret'],
      paths: ['a.b', 'c[*].d'],
      patterns: [emailAddresses()],
    });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const hostile = {
      get a() {
        throw new Error('getter');
      },
      b: revoked.proxy,
      c: new Proxy([], {
        ownKeys() {
          throw new Error('keys');
        },
      }),
      d: {
        get secret() {
          logger.info('from a getter', { secret: 1 });
          return 'hidden';
        },
      },
    };
    logger.info('m', hostile);
    logger.info('m', { c: hostile });
    expect(sink.lines.filter((line) => line.includes('"msg":"m"'))).toHaveLength(2);
    expect(sink.lines.join()).not.toContain('hidden');
  });
});

describe('the options of redaction', () => {
  it.each(['', 'a..b', 'a.', '.a', 'a[', 'a[b]', '[*', 'a b', 'a["b]', '*a', 7])(
    'refuse the path %j, which is none',
    (path) => {
      expect(() => redaction({ paths: ['ok', path as string] })).toThrow(
        /redaction: paths\[1\] is .*; accepted: a path like user\.password/,
      );
    },
  );

  it('refuse everything else that is wrong', () => {
    expect(() => redaction({ keys: [''] })).toThrow('redaction: keys[0] is ""');
    // @ts-expect-error a regular expression may take for ever
    expect(() => redaction({ patterns: [/a/] })).toThrow('redaction: patterns[0] is');
    // @ts-expect-error
    expect(() => redaction({ censor: 7 })).toThrow('redaction: censor is 7');
    // @ts-expect-error
    expect(() => redaction({ path: [] })).toThrow('redaction: unknown option "path"');
    // @ts-expect-error
    expect(() => redaction()).toThrow('redaction: options is undefined');
    expectTypeOf(redaction).parameter(0).toEqualTypeOf<RedactionOptions>();
  });
});
