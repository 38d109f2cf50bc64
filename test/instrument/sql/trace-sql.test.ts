import { EventEmitter } from 'node:events';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { suppressTelemetry } from '../../../src/common/suppression.js';
import { type SqlTracerOptions, sqlTracer, traceSql } from '../../../src/instrument/sql.js';
import { Registry } from '../../../src/metrics/index.js';
import { standIn } from '../stand-in.js';

const SYSTEM = { system: 'mysql', namespace: 'shop', address: 'db.test', port: 3307 } as const;

function setup() {
  const test = standIn();
  const registry = new Registry();
  return { ...test, registry, telemetry: { ...test.telemetry, registry } };
}

/** A client that answers by promise, callback, event or at once, as it is told. */
function fakeClient(answer: unknown, error?: Error) {
  const calls: unknown[][] = [];
  return {
    calls,
    async query(...args: unknown[]): Promise<unknown> {
      calls.push(args);
      await Promise.resolve();
      if (error !== undefined) throw error;
      return answer;
    },
    execute(text: string, values: unknown[], callback: (error: unknown, rows?: unknown) => void): string {
      calls.push([text, values]);
      setImmediate(() => (error === undefined ? callback(null, answer) : callback(error)));
      return 'handle';
    },
    run(_text: string): unknown {
      if (error !== undefined) throw error;
      return answer;
    },
    stream(_text: string): EventEmitter {
      const emitter = new EventEmitter();
      setImmediate(() => (error === undefined ? emitter.emit('end') : emitter.emit('error', error)));
      return emitter;
    },
    end() {},
  };
}

describe('traceSql', () => {
  it('makes a CLIENT span of a promise, with what the statement does', async () => {
    const test = setup();
    const client = traceSql(fakeClient([{ id: 1 }, { id: 2 }]), test.telemetry, SYSTEM);
    const parent = test.telemetry.tracer.startSpan('parent');
    const answer = await test.contextManager.with(trace.setSpan(ROOT_CONTEXT, parent), () =>
      client.query('SELECT * FROM orders WHERE id = 7 AND name = "ada"', []),
    );
    expect(answer).toHaveLength(2);
    const [span] = test.spans();
    expect(span).toMatchObject({
      name: 'SELECT orders',
      kind: SpanKind.CLIENT,
      attributes: {
        'db.system.name': 'mysql',
        'db.namespace': 'shop',
        'db.operation.name': 'SELECT',
        'db.collection.name': 'orders',
        'db.query.summary': 'SELECT orders',
        'db.query.text': 'SELECT * FROM orders WHERE id = ? AND name = ?',
        'db.response.returned_rows': 2,
        'server.address': 'db.test',
        'server.port': 3307,
      },
    });
    expect(span!.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
    expect(await test.registry.metrics()).toContain(
      'db_client_operation_duration_seconds_count{db_system_name="mysql",db_namespace="shop",' +
        'db_operation_name="SELECT",db_collection_name="orders",server_address="db.test",server_port="3307"} 1',
    );
    expect(test.troubles).toEqual([]);
  });

  it('records what a promise is rejected with', async () => {
    const test = setup();
    const error = Object.assign(new Error('no such table'), {
      code: 'ER_NO_SUCH_TABLE',
      errno: 1146,
      sqlState: '42S02',
    });
    const client = traceSql(fakeClient(undefined, error), test.telemetry, SYSTEM);
    await expect(client.query('SELECT * FROM nowhere')).rejects.toBe(error);
    const [span] = test.spans();
    expect(span!.status.code).toBe(SpanStatusCode.ERROR);
    expect(span!.attributes).toMatchObject({
      'error.type': 'ER_NO_SUCH_TABLE',
      'db.response.status_code': '42S02',
    });
    expect(span!.events[0]!.attributes).toMatchObject({ 'exception.message': 'no such table' });
    expect(await test.registry.metrics()).toContain(
      'db_response_status_code="42S02",error_type="ER_NO_SUCH_TABLE"',
    );
  });

  it('follows a callback, which runs where the statement was given', async () => {
    for (const error of [undefined, new Error('broken')]) {
      const test = setup();
      const client = traceSql(fakeClient([1], error), test.telemetry, SYSTEM);
      const parent = test.telemetry.tracer.startSpan('parent');
      const seen = await new Promise<unknown[]>((resolve) => {
        test.contextManager.with(trace.setSpan(ROOT_CONTEXT, parent), () => {
          const handle = client.execute('UPDATE t SET a = 1', [], (...args) =>
            resolve([...args, test.currentSpanId(), handle]),
          );
        });
      });
      expect(seen.slice(-2)).toEqual([parent.spanContext().spanId, 'handle']);
      const [span] = test.spans();
      expect(span!.name).toBe('UPDATE t');
      expect(span!.status.code).toBe(error === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
    }
  });

  it('follows answers that come at once, and errors that do', () => {
    const test = setup();
    const client = traceSql(fakeClient({ changes: 3 }), test.telemetry, {
      system: 'sqlite',
      methods: ['run'],
    });
    expect(client.run('DELETE FROM t')).toEqual({ changes: 3 });
    expect(test.spans()[0]!.attributes).toMatchObject({ 'db.response.affected_rows': 3 });
    const broken = traceSql(fakeClient(undefined, new TypeError('x')), test.telemetry, {
      system: 'sqlite',
      methods: ['run'],
    });
    expect(() => broken.run('DELETE FROM t')).toThrow('x');
    expect(test.spans()[1]!.attributes['error.type']).toBe('TypeError');
  });

  it('follows events, and leaves an error that nobody handles unhandled', async () => {
    const test = setup();
    const client = traceSql(fakeClient(1), test.telemetry, { system: 'mysql', methods: ['stream'] });
    client.stream('SELECT 1');
    await test.ended(1);
    const error = new Error('gone');
    const broken = traceSql(fakeClient(1, error), test.telemetry, { system: 'mysql', methods: ['stream'] });
    const handled = await new Promise((resolve) => broken.stream('SELECT 1').on('error', resolve));
    expect(handled).toBe(error);
    expect(test.spans()[1]!.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('finds the statement wherever it is', async () => {
    const test = setup();
    const client = traceSql(fakeClient([]), test.telemetry, SYSTEM);
    const template = ['SELECT * FROM t WHERE a = ', ' AND b = ', ''];
    for (const statement of [{ sql: 'SELECT 1' }, { text: 'SELECT 2' }, template])
      await client.query(statement);
    expect(test.spans().map(({ attributes }) => attributes['db.query.text'])).toEqual([
      'SELECT ?',
      'SELECT ?',
      'SELECT * FROM t WHERE a = ? AND b = ?',
    ]);
  });

  it('has a name for what it cannot read', async () => {
    const test = setup();
    const client = traceSql(fakeClient([]), test.telemetry, SYSTEM);
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    for (const statement of [undefined, null, 7, Symbol('x'), {}, hostile, '%%%'])
      await client.query(statement);
    expect(new Set(test.spans().map(({ name }) => name))).toEqual(new Set(['mysql']));
    expect(client.calls).toHaveLength(7);
  });

  it('counts the rows of what MySQL’s promises give', async () => {
    const test = setup();
    const ask = (answer: unknown) => traceSql(fakeClient(answer), test.telemetry, SYSTEM).query('SELECT 1');
    await ask([[{ a: 1 }, { a: 2 }, { a: 3 }], [{ name: 'a' }]]);
    await ask([{ affectedRows: 4 }, undefined]);
    await ask({ rows: [1] });
    await ask('whatever');
    const counts = test
      .spans()
      .map(
        ({ attributes }) =>
          attributes['db.response.returned_rows'] ?? attributes['db.response.affected_rows'],
      );
    expect(counts).toEqual([3, 4, 1, undefined]);
  });
});

describe('options', () => {
  it('choose what is told of the text', async () => {
    const test = setup();
    for (const text of ['full', 'none'] as const) {
      await traceSql(fakeClient([]), test.telemetry, { ...SYSTEM, text }).query("SELECT 'x'");
    }
    expect(test.spans().map(({ attributes }) => attributes['db.query.text'])).toEqual([
      "SELECT 'x'",
      undefined,
    ]);
  });

  it('ignore statements, and call hooks that may throw', async () => {
    const test = setup();
    const client = traceSql(fakeClient([1]), test.telemetry, {
      ...SYSTEM,
      ignore: ['BEGIN', 'SELECT pg_*', ({ text }) => text.includes('quiet')],
      onStatement: (span, { collection }) => void span.setAttribute('table', collection ?? ''),
      onResult: () => {
        throw new Error('bad hook');
      },
      rows: () => {
        throw new Error('bad count');
      },
    });
    for (const text of ['BEGIN', 'SELECT * FROM pg_stat', 'SELECT 1 -- quiet', 'SELECT * FROM t'])
      await client.query(text);
    expect(test.spans().map(({ name, attributes }) => [name, attributes.table])).toEqual([['SELECT t', 't']]);
    expect(test.troubles.map(({ code }) => code)).toEqual(['finish_failed', 'hook_failed']);
  });

  it('that are wrong are refused', () => {
    const { telemetry } = standIn();
    // @ts-expect-error the system is missing
    expect(() => traceSql(fakeClient(1), telemetry, {})).toThrow(/system is null/);
    // @ts-expect-error no such method
    expect(() => traceSql(fakeClient(1), telemetry, { system: 'x', methods: ['nope'] })).toThrow(
      /methods\[0\]/,
    );
    expect(() => traceSql({}, telemetry, { system: 'x' })).toThrow(TelltaleError);
    expect(() => traceSql(null as never, telemetry, { system: 'x' })).toThrow(/client is null/);
    expect(() => sqlTracer(telemetry, { system: 'x', port: 70_000 })).toThrow(/port is 70000/);
    expect(() => sqlTracer(telemetry, { system: 'x', text: 'raw' as never })).toThrow(/text is "raw"/);
    // @ts-expect-error no such option
    expect(() => sqlTracer(telemetry, { system: 'x', mask: true })).toThrow(/unknown option "mask"/);
    expectTypeOf<SqlTracerOptions['text']>().toEqualTypeOf<'masked' | 'full' | 'none' | undefined>();
  });
});

describe('sqlTracer', () => {
  it('puts a span around any call, current within it, and gives back what it gives', async () => {
    const test = setup();
    const sql = sqlTracer(test.telemetry, { system: 'sqlite' });
    const inside = sql('SELECT * FROM t', () => test.currentSpanId());
    expect(inside).toBe(test.spans()[0]!.spanContext().spanId);
    expect(await sql('SELECT 1', async () => [1, 2, 3])).toEqual([1, 2, 3]);
    expect(test.spans()[1]!.attributes['db.response.returned_rows']).toBe(3);
    expectTypeOf(sql('SELECT 1', () => 7)).toEqualTypeOf<number>();
  });

  it('does nothing where telemetry is suppressed, and measures where there is no tracer', () => {
    const test = setup();
    const sql = sqlTracer(test.telemetry, { system: 'sqlite' });
    expect(test.contextManager.with(suppressTelemetry(ROOT_CONTEXT), () => sql('SELECT 1', () => 1))).toBe(1);
    expect(test.spans()).toEqual([]);
    const registry = new Registry();
    expect(sqlTracer({ registry }, { system: 'sqlite' })('SELECT 1', () => 1)).toBe(1);
    expect(registry.getSingleMetric('db_client_operation_duration_seconds')).toBeDefined();
  });
});
