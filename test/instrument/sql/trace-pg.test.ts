import { EventEmitter } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Readable } from 'node:stream';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { tracePg } from '../../../src/instrument/sql.js';
import { standIn } from '../stand-in.js';

/** What needs no server; `test/integration/sql.test.ts` talks to one. */

/** A client that answers what a query asks of it, as `pg` does. */
class FakeClient {
  host = 'db.test';
  port = 5432;
  database = 'shop';
  async connect() {}
  query(...args: unknown[]): unknown {
    const [config] = args as [{ submit?: unknown; callback?: unknown }];
    if (typeof config?.submit === 'function') return config;
    const callback = [...args, config?.callback].find((arg) => typeof arg === 'function') as
      | ((error: unknown, result: unknown) => void)
      | undefined;
    const result = { command: 'SELECT', rowCount: 2, rows: [{}, {}] };
    if (callback === undefined) return Promise.resolve(result);
    setImmediate(() => callback(null, result));
    return undefined;
  }
}

function setup() {
  const test = standIn();
  return { ...test, client: tracePg(new FakeClient(), test.telemetry) };
}

describe('tracePg', () => {
  it('takes a client or a pool, and nothing else', () => {
    const { telemetry } = standIn();
    for (const wrong of [undefined, null, {}, 'postgres://', { query() {} }]) {
      expect(() => tracePg(wrong as never, telemetry)).toThrow(TelltaleError);
    }
    expect(() => tracePg(new pg.Client(), telemetry, { text: 'raw' as never })).toThrow(/text is "raw"/);
    const client = new pg.Client();
    expect(tracePg(client, telemetry)).toBe(client);
  });

  it('traces a client once, however often it is asked to', async () => {
    const test = setup();
    tracePg(test.client, test.telemetry);
    await test.client.query('SELECT 1');
    expect(test.spans()).toHaveLength(1);
  });

  it('leaves other clients alone', async () => {
    const test = setup();
    await new FakeClient().query('SELECT 1');
    expect(test.spans()).toHaveLength(0);
  });

  it('follows a callback inside a configuration, which stays as it is', async () => {
    const test = setup();
    const config = { text: 'SELECT * FROM t', callback() {} };
    const original = config.callback;
    test.client.query(config);
    await test.ended(1);
    expect(config.callback).toBe(original);
    expect(test.spans()[0]!.attributes['db.response.returned_rows']).toBe(2);
  });

  it('follows cursors and streams by their events', async () => {
    const test = setup();
    const cursor = Object.assign(new EventEmitter(), { text: 'SELECT * FROM big', submit() {} });
    expect(test.client.query(cursor)).toBe(cursor);
    expect(test.spans()).toHaveLength(0);
    cursor.emit('end');
    const stream = Object.assign(new EventEmitter(), { cursor: { text: 'SELECT * FROM huge' }, submit() {} });
    test.client.query(stream);
    stream.on('error', () => {});
    stream.emit('error', Object.assign(new Error('x'), { code: '57014' }));
    stream.emit('close');
    expect(test.spans().map(({ name, attributes }) => [name, attributes['db.response.status_code']])).toEqual(
      [
        ['SELECT big', undefined],
        ['SELECT huge', '57014'],
      ],
    );
  });

  it('takes a stream that its reader leaves early for no failure', async () => {
    const test = setup();
    const rows = Object.assign(Readable.from([1, 2, 3]), {
      cursor: { text: 'SELECT * FROM huge' },
      submit() {},
    });
    test.client.query(rows);
    for await (const row of rows) {
      expect(row).toBe(1);
      break;
    }
    await test.ended(1);
    expect(test.spans()[0]).toMatchObject({ name: 'SELECT huge', status: { code: 0 } });
    expect(test.spans()[0]!.attributes).not.toHaveProperty('error.type');
  });

  it('tells of a pool that cannot connect, by the statement that waited', async () => {
    const test = standIn();
    const pool = tracePg(new pg.Pool({ host: '127.0.0.1', port: 1, database: 'shop' }), test.telemetry);
    await expect(pool.query("SELECT * FROM orders WHERE a = 'x'")).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    const [span] = test.spans();
    expect(span).toMatchObject({
      name: 'SELECT orders',
      attributes: {
        'error.type': 'ECONNREFUSED',
        'db.namespace': 'shop',
        'db.query.text': 'SELECT * FROM orders WHERE a = ?',
        'server.address': '127.0.0.1',
        'server.port': 1,
      },
    });
    expect(span!.attributes['db.response.status_code']).toBeUndefined();
    await expect(pool.connect()).rejects.toThrow();
    expect(test.spans()).toHaveLength(1);
    await pool.end();
  });

  it('tells how long a statement waited in vain for a connection', async () => {
    const test = standIn();
    // It takes connections, and says nothing.
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const pool = tracePg(
      new pg.Pool({ host: '127.0.0.1', port, connectionTimeoutMillis: 60 }),
      test.telemetry,
    );
    await expect(pool.query('SELECT 1')).rejects.toThrow(/timeout/);
    await pool.end();
    mute.close();
    const [seconds, nanoseconds] = test.spans()[0]!.duration;
    expect(seconds * 1000 + nanoseconds / 1e6).toBeGreaterThan(50);
  });
});
