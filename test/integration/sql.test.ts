import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tracePg } from '../../src/instrument/sql.js';
import { Registry } from '../../src/metrics/index.js';
import { standIn } from '../instrument/stand-in.js';

/** `pg` against a real PostgreSQL: pglite behind its socket server. */

let db: PGlite;
let server: PGLiteSocketServer;
let port: number;
const open: { end(): Promise<unknown> }[] = [];

beforeAll(async () => {
  db = await PGlite.create();
  await db.exec(`
    CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, total numeric);
    INSERT INTO orders VALUES (1, 'ada', 10), (2, 'grace', 20), (3, 'ada', 30);
  `);
  server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 8 });
  await server.start();
  port = Number(server.getServerConn().split(':').at(-1));
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.end();
});
afterAll(async () => {
  await server.stop();
  await db.close();
});

const config = () => ({ host: '127.0.0.1', port, database: 'postgres', user: 'postgres', password: 'x' });

function setup() {
  const test = standIn();
  const registry = new Registry();
  const telemetry = { ...test.telemetry, registry };
  const parent = test.telemetry.tracer.startSpan('request');
  return {
    ...test,
    registry,
    telemetry,
    parentId: parent.spanContext().spanId,
    within: <R>(fn: () => R): R => test.contextManager.with(trace.setSpan(ROOT_CONTEXT, parent), fn),
  };
}

async function client(test: ReturnType<typeof setup>): Promise<pg.Client> {
  const made = tracePg(new pg.Client(config()), test.telemetry);
  await made.connect();
  open.push(made);
  return made;
}

function pool(test: ReturnType<typeof setup>, max = 2): pg.Pool {
  const made = tracePg(new pg.Pool({ ...config(), max }), test.telemetry);
  open.push(made);
  return made;
}

describe('a client', () => {
  it('has a span for each statement, with its rows', async () => {
    const test = setup();
    const traced = await client(test);
    const { rows } = await test.within(() =>
      traced.query('SELECT * FROM orders WHERE customer = $1 AND total > 5', ['ada']),
    );
    expect(rows).toHaveLength(2);
    expect(test.spans()).toHaveLength(1);
    const [span] = test.spans();
    expect(span!.name).toBe('SELECT orders');
    expect(span!.parentSpanContext?.spanId).toBe(test.parentId);
    expect(span!.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': 'postgres',
      'db.operation.name': 'SELECT',
      'db.collection.name': 'orders',
      'db.query.summary': 'SELECT orders',
      'db.query.text': 'SELECT * FROM orders WHERE customer = $1 AND total > ?',
      'db.response.returned_rows': 2,
      'server.address': '127.0.0.1',
      'server.port': port,
    });
    expect(await test.registry.metrics()).toContain(
      'db_client_operation_duration_seconds_count{db_system_name="postgresql",db_namespace="postgres",' +
        `db_operation_name="SELECT",db_collection_name="orders",server_address="127.0.0.1",server_port="${port}"} 1`,
    );
  });

  it('counts the rows that a statement changes, and those it gives back', async () => {
    const test = setup();
    const traced = await client(test);
    await traced.query('BEGIN');
    await traced.query('UPDATE orders SET total = total + 1 WHERE customer = $1', ['ada']);
    await traced.query("INSERT INTO orders VALUES (4, 'joan', 1) RETURNING id");
    await traced.query('ROLLBACK');
    const counts = test
      .spans()
      .map(({ name, attributes }) => [
        name,
        attributes['db.response.affected_rows'],
        attributes['db.response.returned_rows'],
      ]);
    expect(counts).toEqual([
      ['BEGIN', undefined, undefined],
      ['UPDATE orders', 2, undefined],
      ['INSERT orders', 1, 1],
      ['ROLLBACK', undefined, undefined],
    ]);
  });

  it('takes callbacks, configurations, prepared statements and several statements', async () => {
    const test = setup();
    const traced = await client(test);
    const back = await new Promise<[number, string | undefined]>((resolve, reject) => {
      test.within(() =>
        traced.query('SELECT 1 AS one', (error: Error | null, result: pg.QueryResult) =>
          error ? reject(error) : resolve([result.rows.length, test.currentSpanId()]),
        ),
      );
    });
    expect(back).toEqual([1, test.parentId]);
    for (let i = 0; i < 2; i++) {
      const { rows } = await traced.query({
        name: 'by-id',
        text: 'SELECT * FROM orders WHERE id = $1',
        values: [i + 1],
      });
      expect(rows).toHaveLength(1);
    }
    expect(await traced.query({ text: 'SELECT id FROM orders', rowMode: 'array' })).toMatchObject({
      rowCount: 3,
    });
    const several = (await traced.query('SELECT 1; SELECT * FROM orders')) as unknown as pg.QueryResult[];
    expect(several).toHaveLength(2);
    expect(
      test.spans().map(({ name, attributes }) => [name, attributes['db.response.returned_rows']]),
    ).toEqual([
      ['SELECT', 1],
      ['SELECT orders', 1],
      ['SELECT orders', 1],
      ['SELECT orders', 3],
      ['SELECT SELECT orders', 4],
    ]);
  });

  it('takes a query of one’s own, which tells by events', async () => {
    const test = setup();
    const traced = await client(test);
    const query = traced.query(new pg.Query('SELECT * FROM orders'));
    const rows: unknown[] = [];
    query.on('row', (row) => rows.push(row));
    await new Promise((resolve) => query.on('end', resolve));
    expect(rows).toHaveLength(3);
    const [span] = await test.ended(1);
    expect(span!.name).toBe('SELECT orders');
  });

  it('records the error of a statement, with its code', async () => {
    const test = setup();
    const traced = await client(test);
    for (const [text, values, code] of [
      ['SELECT * FROM nowhere', [], '42P01'],
      ['INSERT INTO orders VALUES ($1, $2)', [1, 'ada'], '23505'],
      ['SELEC 1', [], '42601'],
    ] as const) {
      await expect(traced.query(text, [...values])).rejects.toMatchObject({ code });
      const span = test.spans().at(-1)!;
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
      expect(span.attributes).toMatchObject({ 'error.type': code, 'db.response.status_code': code });
      expect(span.events[0]!.name).toBe('exception');
    }
    await new Promise<void>((resolve) => traced.query('SELECT * FROM nowhere', () => resolve()));
    expect(test.spans()).toHaveLength(4);
    expect(await test.registry.metrics()).toContain('db_response_status_code="23505",error_type="23505"');
  });
});

describe('a pool', () => {
  it('has one span for each statement, below the request that gave it, however clients go round', async () => {
    const test = setup();
    const traced = pool(test, 1);
    const parents = Array.from({ length: 5 }, (_, i) => test.telemetry.tracer.startSpan(`request ${i}`));
    await Promise.all(
      parents.map((parent, i) =>
        test.contextManager.with(trace.setSpan(ROOT_CONTEXT, parent), () =>
          traced.query('SELECT * FROM orders WHERE id = $1', [i]),
        ),
      ),
    );
    expect(test.spans().map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      parents.map((parent) => parent.spanContext().spanId),
    );
  });

  it('calls back where the statement was given', async () => {
    const test = setup();
    const traced = pool(test, 1);
    const ids = await Promise.all(
      ['a', 'b', 'c'].map(
        (name) =>
          new Promise<[string, string | undefined]>((resolve) => {
            const parent = test.telemetry.tracer.startSpan(name);
            test.contextManager.with(trace.setSpan(ROOT_CONTEXT, parent), () =>
              traced.query('SELECT 1', () => resolve([parent.spanContext().spanId, test.currentSpanId()])),
            );
          }),
      ),
    );
    for (const [given, seen] of ids) expect(seen).toBe(given);
  });

  it('traces the clients that it hands out, by promise and by callback', async () => {
    const test = setup();
    const traced = pool(test);
    const handed = await traced.connect();
    await test.within(() => handed.query('SELECT * FROM orders'));
    handed.release();
    await new Promise<void>((resolve, reject) => {
      traced.connect((error, lent, release) => {
        if (error || lent === undefined) return reject(error);
        lent.query('SELECT * FROM orders', () => {
          release();
          resolve();
        });
      });
    });
    expect(test.spans().map(({ name }) => name)).toEqual(['SELECT orders', 'SELECT orders']);
    expect(test.spans()[0]!.parentSpanContext?.spanId).toBe(test.parentId);
    expect(test.troubles).toEqual([]);
  });
});
