import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectOf } from '../../../src/instrument/sql/dialect.js';
import { scan } from '../../../src/instrument/sql/scan.js';
import { statementReader } from '../../../src/instrument/sql/statement.js';
import { summarize } from '../../../src/instrument/sql/summary.js';

const read = (text: string, system = 'postgresql') => summarize(scan(text, dialectOf(system)).tokens);

it.each<[string, string | undefined, string | undefined]>([
  ['SELECT 1', 'SELECT', undefined],
  ['select * from orders', 'SELECT orders', 'orders'],
  ['SELECT * FROM wuser_table WHERE username = ?', 'SELECT wuser_table', 'wuser_table'],
  ['SELECT * FROM songs, artists WHERE songs.artist_id = artists.id', 'SELECT songs artists', undefined],
  ['SELECT * FROM songs AS s, artists a', 'SELECT songs artists', undefined],
  [
    'SELECT * FROM orders o JOIN customers c ON o.c = c.id LEFT OUTER JOIN orders p ON true',
    'SELECT orders customers orders',
    undefined,
  ],
  ['SELECT * FROM orders a JOIN orders b USING (id)', 'SELECT orders orders', 'orders'],
  [
    'INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = 1',
    'INSERT shipping_details SELECT orders',
    undefined,
  ],
  [
    'SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.c = c.id)',
    'SELECT SELECT orders customers',
    undefined,
  ],
  ['SELECT (SELECT max(x) FROM a) FROM b', 'SELECT SELECT a b', undefined],
  ['SELECT a FROM t1 UNION SELECT b FROM t2', 'SELECT t1 SELECT t2', undefined],
  ['SELECT * FROM public.orders', 'SELECT public.orders', 'public.orders'],
  ['SELECT * FROM "Order Items"', 'SELECT "Order Items"', 'Order Items'],
  ['SELECT * FROM "a""b".c', 'SELECT a"b.c', 'a"b.c'],
  ['SELECT * FROM ONLY orders', 'SELECT orders', 'orders'],
  ['SELECT * FROM generate_series(1, 10)', 'SELECT', undefined],
  ['SELECT * FROM $1', 'SELECT', undefined],
  ['SELECT extract(year FROM created) FROM orders', 'SELECT orders', 'orders'],
  ["SELECT trim(both 'x' from y), substring(z from 2) FROM t", 'SELECT t', 't'],
  ['SELECT * FROM t WHERE a IS DISTINCT FROM b', 'SELECT t', 't'],
  ['SELECT * FROM t WHERE x IN (SELECT y FROM u) ORDER BY a, b', 'SELECT t SELECT u', undefined],
  ['SELECT * FROM t FOR UPDATE', 'SELECT t', 't'],
  ['UPDATE orders SET a = 1, b = 2 WHERE id = 3', 'UPDATE orders', 'orders'],
  ['UPDATE orders SET a = (SELECT max(b) FROM items)', 'UPDATE orders SELECT items', undefined],
  ['DELETE FROM orders WHERE id = 1', 'DELETE orders', 'orders'],
  ['INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = 3 RETURNING *', 'INSERT t', 't'],
  ['REPLACE INTO t VALUES (1)', 'REPLACE t', 't'],
  ['MERGE INTO target USING source ON a = b', 'MERGE target', 'target'],
  [
    "WITH recent AS (SELECT * FROM orders WHERE at > '2020'), old (a, b) AS NOT MATERIALIZED (SELECT 1 FROM archive) SELECT * FROM recent, old, customers",
    'SELECT orders SELECT archive SELECT customers',
    undefined,
  ],
  [
    'WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone',
    'DELETE a INSERT b SELECT',
    undefined,
  ],
  ['CREATE TABLE IF NOT EXISTS customers (id int)', 'CREATE TABLE customers', 'customers'],
  ['CREATE TEMPORARY TABLE t AS SELECT * FROM u', 'CREATE TABLE t SELECT u', undefined],
  ['CREATE OR REPLACE VIEW v AS SELECT * FROM t', 'CREATE VIEW v SELECT t', undefined],
  ['CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)', 'CREATE INDEX i', undefined],
  ['ALTER TABLE ONLY public.t ADD COLUMN a int', 'ALTER TABLE public.t', 'public.t'],
  ['DROP TABLE IF EXISTS t', 'DROP TABLE t', 't'],
  ['TRUNCATE t', 'TRUNCATE t', 't'],
  ['TRUNCATE TABLE t', 'TRUNCATE t', 't'],
  ['BEGIN', 'BEGIN', undefined],
  ['commit;', 'COMMIT', undefined],
  ["SET search_path TO 'x'", 'SET', undefined],
  ['EXPLAIN ANALYZE SELECT * FROM t', 'EXPLAIN ANALYZE SELECT t', 't'],
  ['CALL do_it(1)', 'CALL do_it', undefined],
  ['EXEC dbo.proc @a = 1', 'EXEC dbo.proc', undefined],
  ['COPY t FROM STDIN', 'COPY t', 't'],
  ['SELECT 1; DELETE FROM t', 'SELECT DELETE t', 't'],
  ['/* hint */ -- more\n SELECT * FROM t', 'SELECT t', 't'],
  ['(SELECT * FROM t)', 'SELECT t', 't'],
  ['gibberish from nowhere', undefined, undefined],
  ['', undefined, undefined],
])('%s', (text, summary, collection) => {
  const found = read(text);
  expect(found.summary).toBe(summary);
  expect(found.collection).toBe(collection);
  expect(found.operation).toBe(summary?.split(' ')[0]);
});

it('is at most 255 characters long, and no name is cut', () => {
  const tables = Array.from({ length: 100 }, (_, i) => `table_number_${i}`);
  const { summary } = read(`SELECT * FROM ${tables.join(', ')}`);
  expect(summary!.length).toBeLessThanOrEqual(255);
  expect(tables).toContain(summary!.split(' ').at(-1));
});

it('never throws, and never holds a literal', () => {
  const words = fc.constantFrom(
    ...'SELECT FROM JOIN INTO UPDATE DELETE INSERT WITH AS CREATE TABLE CALL EXPLAIN ; ( ) , . "q" t u $1 SECRET'.split(
      ' ',
    ),
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
      const text = parts.join(' ').replaceAll('SECRET', "'SECRET'");
      expect(read(text).summary ?? '').not.toContain('SECRET');
    }),
  );
});

describe('a reader of statements', () => {
  it('looks at the beginning of a statement of megabytes only', () => {
    const { masked, summary } = statementReader('postgresql')(
      `INSERT INTO t VALUES ${"('secret'), ".repeat(1_000_000)}`,
    );
    expect(summary).toBe('INSERT t');
    expect(masked.length).toBeLessThan(20_000);
    expect(masked).not.toContain('secret');
    expect(masked.endsWith('…')).toBe(true);
  });

  it('masks a literal that is cut in two', () => {
    const { masked } = statementReader('postgresql')(`SELECT '${'secret '.repeat(10_000)}'`);
    expect(masked).toBe('SELECT ?…');
  });

  it('reads each statement once, and forgets the oldest', () => {
    const reader = statementReader('postgresql');
    const first = reader('SELECT * FROM t');
    expect(reader('SELECT * FROM t')).toBe(first);
    for (let i = 0; i < 2000; i++) reader(`SELECT * FROM t${i}`);
    expect(reader('SELECT * FROM t')).not.toBe(first);
    expect(reader('SELECT * FROM t')).toEqual(first);
  });
});
