import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectOf } from '../../../src/instrument/sql/dialect.js';
import { scan } from '../../../src/instrument/sql/scan.js';

const mask = (text: string, system = 'postgresql') => scan(text, dialectOf(system)).masked;

describe('literals', () => {
  it.each([
    ["SELECT * FROM t WHERE a = 'secret'", 'SELECT * FROM t WHERE a = ?'],
    ["SELECT 'it''s', 'two'", 'SELECT ?, ?'],
    ['SELECT 1, -2.5, .5, 1e-9, 1.5E+10, 0xFF, 0xe-1', 'SELECT ?, -?, ?, ?, ?, ?, ?-?'],
    ["SELECT E'it\\'s', N'x', B'01', x'ff', U&'\\0441'", 'SELECT ?, ?, ?, ?, ?'],
    ['SELECT $$it is $1 here$$, $tag$ a $$ b $tag$', 'SELECT ?, ?'],
    ['SELECT true, null, t1.c2 FROM t1', 'SELECT true, null, t1.c2 FROM t1'],
    ["SELECT '2020-01-01'::date, x::int", 'SELECT ?::date, x::int'],
    ["SELECT data->>'key', data #> '{a,1}'", 'SELECT data->>?, data #> ?'],
    ['SELECT a[1], a[2:3]', 'SELECT a[?], a[?:3]'],
    ["SELECT 'never closed", 'SELECT ?'],
    ['SELECT $$never closed', 'SELECT ?'],
    ['SELECT "never closed', 'SELECT ?'],
    ["INSERT INTO t VALUES ('a', 1), ('b', 2)", 'INSERT INTO t VALUES (?, ?), (?, ?)'],
    ["SELECT 'ünïcode 💥'", 'SELECT ?'],
    ['', ''],
  ])('of PostgreSQL are masked: %s', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  it('of MySQL are masked', () => {
    expect(mask(`SELECT "it's", 'a\\'b', \`col\`, "x""y" # secret`, 'mysql')).toBe('SELECT ?, ?, `col`, ?');
  });

  it('of standard SQL have no backslashes', () => {
    expect(mask(`SELECT 'C:\\', 'secret', "name"`, 'sqlite')).toBe('SELECT ?, ?, "name"');
  });

  it('of SQL Server leave names in brackets alone', () => {
    expect(mask("SELECT [my col], N'x' FROM [dbo].[t]]x]", 'microsoft.sql_server')).toBe(
      'SELECT [my col], ? FROM [dbo].[t]]x]',
    );
  });
});

describe('everything else', () => {
  it('keeps parameters, names and casts', () => {
    const text =
      'SELECT "Col 1", a.b FROM t WHERE x = $1 AND y = :name AND z = @var AND w = ? AND v::int > $2';
    expect(mask(text)).toBe(text);
  });

  it('loses comments, which may hold anything', () => {
    expect(mask("SELECT 1 -- it's\n, 2 /* it's /* nested */ here */ FROM t /* open")).toBe(
      'SELECT ?  \n, ?   FROM t',
    );
    expect(mask('SELECT 1 /* a /* b */ FROM t', 'sqlite')).toBe('SELECT ?   FROM t');
  });

  it('lists of values are the same however long they are', () => {
    for (const list of ['1', '1,2', "'a' , 'b','c'", '$1, $2, $3', '?,?', '-1, +2', ':a']) {
      expect(mask(`SELECT * FROM t WHERE a IN (${list}) AND b in ( ${list} )`)).toBe(
        'SELECT * FROM t WHERE a IN (?) AND b in (?)',
      );
    }
    expect(mask('x IN (SELECT a FROM b WHERE c = 1)')).toBe('x IN (SELECT a FROM b WHERE c = ?)');
    expect(mask('x IN (a, 1)')).toBe('x IN (a, ?)');
    expect(mask('x IN ()')).toBe('x IN ()');
    expect(mask('f(1, 2)')).toBe('f(?, ?)');
  });
});

const systems = fc.constantFrom(
  'postgresql',
  'mysql',
  'sqlite',
  'microsoft.sql_server',
  'clickhouse',
  'other',
);

it('no text that a client wrote as a literal is left, whatever it holds', () => {
  const write: Record<string, (text: string) => string> = {
    postgresql: (text) => `'${text.replaceAll("'", "''")}'`,
    mysql: (text) => `"${text.replace(/["\\]/g, '\\$&')}"`,
    sqlite: (text) => `'${text.replaceAll("'", "''")}'`,
  };
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(write)),
      fc.array(
        fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', '-', '/', '*', '\n', 'x', '`', '[', ')') }),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      (system, values) => {
        const literals = values.map((value) => write[system]!(`SECRET${value}SECRET`));
        const masked = mask(`SELECT ${literals.join(', ')} FROM t WHERE a = ${literals[0]}`, system);
        expect(masked).toBe(`SELECT ${literals.map(() => '?').join(', ')} FROM t WHERE a = ?`);
      },
    ),
  );
});

it('never throws, and masking what is masked changes nothing more', () => {
  const anything = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          'SELECT',
          'IN',
          '(',
          ')',
          ',',
          "'",
          '"',
          '`',
          '$',
          '$$',
          '$a$',
          '--',
          '/*',
          '*/',
          '#',
          '\\',
          '1',
          '.',
          'e',
          '-',
          ':',
          '@',
          '[',
          ']',
          '\n',
          ' ',
          'E',
          'U&',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(systems, anything, (system, text) => {
      const once = mask(text, system);
      expect(once.length).toBeLessThanOrEqual(text.length * 2);
      expect(typeof mask(once, system)).toBe('string');
    }),
  );
});

it.each([
  ['quotes', "'"],
  ['dollars', '$'],
  ['tags', '$a$ $b$ '],
  ['opened tags', '$a'],
  ['comments', '/*'],
  ['lists', 'IN ('],
  ['values in a list', 'IN (1,1,1,1,1,1,'],
  ['names', '"a'],
  ['dashes', '-'],
  ['exponents', '1e-'],
  ['words', 'a.'],
])('a long run of %s takes time in proportion to its length', (_name, piece) => {
  // Work is counted, not timed: each character is asked for a bounded number of times.
  const reads = (length: number) => {
    const text = piece.repeat(Math.ceil(length / piece.length));
    const started = process.cpuUsage();
    for (let i = 0; i < 5; i++) mask(text);
    return process.cpuUsage(started).user;
  };
  reads(20_000);
  // Quadratic work would be 100 times as much; the tokenizer of 400,000 characters takes milliseconds.
  expect(reads(400_000)).toBeLessThan(5_000_000);
});
