import {
  type ClientOptions,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { TelltaleError } from '../../src/common/errors.js';
import { suppressTelemetry } from '../../src/common/suppression.js';
import {
  type GrpcClientOptions,
  type GrpcServerOptions,
  grpcClientInterceptor,
  grpcServerInterceptor,
} from '../../src/instrument/grpc.js';
import { Registry } from '../../src/metrics/index.js';
import { connect, type Order, orders, serve } from './grpc-service.js';
import { type StandIn, standIn, until } from './stand-in.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Setup {
  test: StandIn;
  registry: Registry;
  call: ReturnType<typeof connect>;
  port: number;
  /** The id of the span that was current in the handler, when it ran. */
  seen: (string | undefined)[];
}

async function start(
  handlers: Partial<{
    place: handleUnaryCall<Order, Order>;
    upload: handleClientStreamingCall<Order, Order>;
    watch: handleServerStreamingCall<Order, Order>;
    chat: handleBidiStreamingCall<Order, Order>;
  }> = {},
  options: { server?: GrpcServerOptions; client?: GrpcClientOptions; clientOptions?: ClientOptions } = {},
): Promise<Setup> {
  const test = standIn();
  const registry = new Registry();
  const telemetry = { ...test.telemetry, registry };
  const seen: Setup['seen'] = [];
  const note = () => seen.push(test.currentSpanId());
  const implementation: UntypedServiceImplementation = {
    place: ((call, callback) => {
      note();
      callback(null, { id: `placed ${call.request.id}` });
    }) satisfies handleUnaryCall<Order, Order>,
    upload: ((call, callback) => {
      note();
      const ids: string[] = [];
      call.on('data', ({ id }: Order) => {
        note();
        ids.push(id);
      });
      call.on('end', () => {
        note();
        callback(null, { id: ids.join(' ') });
      });
    }) satisfies handleClientStreamingCall<Order, Order>,
    watch: ((call) => {
      note();
      for (let i = 0; i < 3; i++) call.write({ id: `${call.request.id} ${i}` });
      call.end();
    }) satisfies handleServerStreamingCall<Order, Order>,
    chat: ((call) => {
      note();
      call.on('data', ({ id }: Order) => {
        note();
        call.write({ id: `re: ${id}` });
      });
      call.on('end', () => call.end());
    }) satisfies handleBidiStreamingCall<Order, Order>,
    ...(handlers as UntypedServiceImplementation),
  };
  const server = await serve(implementation, {
    interceptors: [grpcServerInterceptor(telemetry, options.server)],
  });
  const call = connect(server.address, {
    interceptors: [grpcClientInterceptor(telemetry, options.client)],
    ...options.clientOptions,
  });
  closers.push(call.close, server.close);
  return { test, registry, call, port: server.port, seen };
}

/** The four kinds of calls, each made in the same way: send these ids, give back what was answered. */
type Kind = 'place' | 'upload' | 'watch' | 'chat';
const sends: Record<
  Kind,
  (setup: Setup, ids: string[], metadata?: Metadata, note?: () => void) => Promise<string[]>
> = {
  place: ({ call: { client, codec } }, [id], metadata = new Metadata(), note) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(...codec('place'), { id: id! }, metadata, (error, order) => {
        note?.();
        if (error) reject(error);
        else resolve([order!.id]);
      });
    }),
  upload: ({ call: { client, codec } }, ids, metadata = new Metadata(), note) =>
    new Promise((resolve, reject) => {
      const stream = client.makeClientStreamRequest(...codec('upload'), metadata, (error, order) => {
        note?.();
        if (error) reject(error);
        else resolve([order!.id]);
      });
      for (const id of ids) stream.write({ id });
      stream.end();
    }),
  watch: ({ call: { client, codec } }, [id], metadata = new Metadata(), note) =>
    new Promise((resolve, reject) => {
      const found: string[] = [];
      const stream = client.makeServerStreamRequest(...codec('watch'), { id: id! }, metadata);
      stream.on('data', (order: Order) => {
        note?.();
        found.push(order.id);
      });
      stream.on('error', reject).on('end', () => resolve(found));
    }),
  chat: ({ call: { client, codec } }, ids, metadata = new Metadata(), note) =>
    new Promise((resolve, reject) => {
      const found: string[] = [];
      const stream = client.makeBidiStreamRequest(...codec('chat'), metadata);
      stream.on('data', (order: Order) => {
        note?.();
        found.push(order.id);
      });
      stream.on('error', reject).on('end', () => resolve(found));
      for (const id of ids) stream.write({ id });
      stream.end();
    }),
};

const byKind = async ({ test }: Setup) => {
  const spans = await test.ended(2);
  const server = spans.find(({ kind }) => kind === SpanKind.SERVER)!;
  const client = spans.find(({ kind }) => kind === SpanKind.CLIENT)!;
  return { server, client };
};

describe.each<[Kind, string[], string[]]>([
  ['place', ['a'], ['placed a']],
  ['upload', ['a', 'b'], ['a b']],
  ['watch', ['a'], ['a 0', 'a 1', 'a 2']],
  ['chat', ['a', 'b'], ['re: a', 're: b']],
])('a call of the kind %s', (kind, ids, answer) => {
  const name = orders[kind].path.slice(1);

  it('has a span on each side, joined, and measured', async () => {
    const setup = await start();
    const parent = setup.test.telemetry.tracer.startSpan('parent');
    const context = trace.setSpan(ROOT_CONTEXT, parent);
    expect(await setup.test.contextManager.with(context, () => sends[kind](setup, ids))).toEqual(answer);

    const { server, client } = await byKind(setup);
    const shared = { 'rpc.system.name': 'grpc', 'rpc.method': name, 'rpc.response.status_code': 'OK' };
    const host = { 'server.address': '127.0.0.1', 'server.port': setup.port };
    expect(client.name).toBe(name);
    expect(client.attributes).toEqual({
      ...shared,
      ...host,
      'network.peer.address': '127.0.0.1',
      'network.peer.port': setup.port,
    });
    expect(client.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
    expect(client.status.code).toBe(SpanStatusCode.UNSET);
    expect(server.name).toBe(name);
    expect(server.attributes).toMatchObject({ ...shared, ...host, 'client.address': '127.0.0.1' });
    expect(server.parentSpanContext?.spanId).toBe(client.spanContext().spanId);
    expect(server.parentSpanContext?.isRemote).toBe(true);
    expect(server.spanContext().traceId).toBe(parent.spanContext().traceId);

    const text = await setup.registry.metrics();
    const labels = `rpc_system_name="grpc",rpc_method="${name}",rpc_response_status_code="OK"`;
    expect(text).toContain(`rpc_server_call_duration_seconds_count{${labels}} 1`);
    expect(text).toContain(
      `rpc_client_call_duration_seconds_count{${labels},server_address="127.0.0.1",server_port="${setup.port}"} 1`,
    );
    expect(
      setup.test.lines.map(({ level, message, spanId }) => [level, message.split(' ')[1], spanId]),
    ).toEqual([['info', 'OK', server.spanContext().spanId]]);
    expect(setup.test.lines[0]!.fields).toMatchObject({ rpc: name, status: 'OK' });
    expect(setup.test.troubles).toEqual([]);
  });

  it('has the server span current in the handler, and the caller’s in its callbacks', async () => {
    const setup = await start();
    const parent = setup.test.telemetry.tracer.startSpan('parent');
    const inCallbacks: (string | undefined)[] = [];
    await setup.test.contextManager.with(trace.setSpan(ROOT_CONTEXT, parent), () =>
      sends[kind](setup, ids, undefined, () => inCallbacks.push(setup.test.currentSpanId())),
    );
    const { server } = await byKind(setup);
    expect(setup.seen.length).toBeGreaterThan(0);
    expect(new Set(setup.seen)).toEqual(new Set([server.spanContext().spanId]));
    expect(new Set(inCallbacks)).toEqual(new Set([parent.spanContext().spanId]));
  });

  it('leaves the metadata of the caller as it is', async () => {
    const setup = await start();
    const metadata = new Metadata();
    metadata.set('tenant', 'acme');
    await sends[kind](setup, ids, metadata);
    expect(metadata.getMap()).toEqual({ tenant: 'acme' });
  });
});

describe('a call that fails', () => {
  const failing = (code: number, details = 'because') =>
    start({ place: (_call, callback) => callback({ code, details } as ServiceError) });

  it('is an error on both sides where the server is to blame', async () => {
    const setup = await failing(status.UNAVAILABLE);
    await expect(sends.place(setup, ['a'])).rejects.toMatchObject({ code: status.UNAVAILABLE });
    for (const span of Object.values(await byKind(setup))) {
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'because' });
      expect(span.attributes).toMatchObject({
        'rpc.response.status_code': 'UNAVAILABLE',
        'error.type': 'UNAVAILABLE',
      });
    }
    expect(setup.test.lines[0]!.level).toBe('error');
    expect(await setup.registry.metrics()).toContain(
      'rpc_server_call_duration_seconds_count{rpc_system_name="grpc",rpc_method="shop.v1.Orders/Place",' +
        'rpc_response_status_code="UNAVAILABLE",error_type="UNAVAILABLE"} 1',
    );
  });

  it('is an error of the client alone where the server refused', async () => {
    const setup = await failing(status.NOT_FOUND);
    await expect(sends.place(setup, ['a'])).rejects.toMatchObject({ code: status.NOT_FOUND });
    const { server, client } = await byKind(setup);
    expect(client.status.code).toBe(SpanStatusCode.ERROR);
    expect(client.attributes['error.type']).toBe('NOT_FOUND');
    expect(server.status.code).toBe(SpanStatusCode.UNSET);
    expect(server.attributes).toMatchObject({ 'rpc.response.status_code': 'NOT_FOUND' });
    expect(server.attributes['error.type']).toBeUndefined();
    expect(setup.test.lines[0]!.level).toBe('warn');
  });

  it('may have thrown', async () => {
    const setup = await start({
      place: () => {
        throw new Error('boom');
      },
    });
    await expect(sends.place(setup, ['a'])).rejects.toMatchObject({ code: status.UNKNOWN });
    const { server } = await byKind(setup);
    expect(server.attributes['rpc.response.status_code']).toBe('UNKNOWN');
    expect(server.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('may find nobody there', async () => {
    const setup = await start();
    const call = connect('127.0.0.1:1', {
      interceptors: [grpcClientInterceptor(setup.test.telemetry)],
    });
    closers.push(call.close);
    await expect(sends.place({ ...setup, call }, ['a'])).rejects.toMatchObject({ code: status.UNAVAILABLE });
    const [client] = await setup.test.ended(1);
    expect(client!.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'server.port': 1 });
    expect(client!.attributes['network.peer.address']).toBeUndefined();
  });

  it('may not have been writable', async () => {
    const setup = await start();
    await expect(sends.place(setup, ['unserializable'])).rejects.toMatchObject({ code: status.INTERNAL });
    await until(() => setup.test.spans().some(({ kind }) => kind === SpanKind.CLIENT));
    expect(setup.test.spans()[0]!.attributes['rpc.response.status_code']).toBe('INTERNAL');
  });
});

describe('a call that is not waited for', () => {
  it('is cancelled on both sides', async () => {
    const setup = await start({ watch: (call) => void call.write({ id: 'first' }) });
    const { client, codec } = setup.call;
    const stream = client.makeServerStreamRequest(...codec('watch'), { id: 'a' });
    stream.on('error', () => {});
    stream.once('data', () => stream.cancel());
    const spans = await byKind(setup);
    expect(spans.client.attributes['rpc.response.status_code']).toBe('CANCELLED');
    expect(spans.client.status.code).toBe(SpanStatusCode.ERROR);
    expect(spans.server.attributes['rpc.response.status_code']).toBe('CANCELLED');
    expect(spans.server.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('exceeds its deadline on both sides', async () => {
    const setup = await start({ place: () => {} });
    const { client, codec } = setup.call;
    await client.waitForReady(Date.now() + 5000, () => {});
    await new Promise((resolve) =>
      client.makeUnaryRequest(
        ...codec('place'),
        { id: 'a' },
        new Metadata(),
        // Late enough for the server to have seen the call, on a busy machine too.
        { deadline: Date.now() + 1500 },
        resolve,
      ),
    );
    for (const span of Object.values(await byKind(setup))) {
      expect(span.attributes['rpc.response.status_code']).toBe('DEADLINE_EXCEEDED');
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
    }
  });
});

describe('options', () => {
  it('ignore calls, and send no trace with them', async () => {
    const received: unknown[] = [];
    const setup = await start(
      {
        place: (call, callback) => {
          received.push(call.metadata.get('traceparent'));
          callback(null, { id: 'x' });
        },
      },
      { server: { ignore: ['shop.v1.Orders/Place'] }, client: { ignore: ['shop.v1.*'] } },
    );
    await sends.place(setup, ['a']);
    await sends.watch(setup, ['a']);
    expect(received).toEqual([[]]);
    const [only] = await setup.test.ended(1);
    expect(only!.name).toBe('shop.v1.Orders/Watch');
    expect(only!.kind).toBe(SpanKind.SERVER);
    expect(only!.parentSpanContext).toBeUndefined();
  });

  it('keep metadata, and call hooks', async () => {
    const options: GrpcClientOptions = {
      captureRequestMetadata: ['Tenant', 'missing'],
      captureResponseMetadata: ['region', 'key-bin'],
      onCall: (span, { method }) => void span.setAttribute('called', method),
      onStatus: (span, code) => void span.setAttribute('ended', code),
    };
    const setup = await start(
      {
        place: (call, callback) => {
          const header = new Metadata();
          header.set('region', 'eu');
          call.sendMetadata(header);
          const trailer = new Metadata();
          trailer.set('key-bin', Buffer.from('hi'));
          callback(null, { id: 'x' }, trailer);
        },
      },
      { server: options, client: options },
    );
    const metadata = new Metadata();
    metadata.add('tenant', 'acme');
    metadata.add('tenant', 'corp');
    await sends.place(setup, ['a'], metadata);
    const { server, client } = await byKind(setup);
    for (const { attributes } of [server, client]) {
      expect(attributes).toMatchObject({
        'rpc.response.metadata.region': ['eu'],
        'rpc.response.metadata.key-bin': ['aGk='],
        called: 'shop.v1.Orders/Place',
        ended: 'OK',
      });
      expect(attributes['rpc.request.metadata.missing']).toBeUndefined();
    }
    expect(client.attributes['rpc.request.metadata.tenant']).toEqual(['acme', 'corp']);
    // The wire joins what one key has several of.
    expect(server.attributes['rpc.request.metadata.tenant']).toEqual(['acme, corp']);
  });

  it('may turn the lines off', async () => {
    const setup = await start({}, { server: { log: false } });
    await sends.place(setup, ['a']);
    await byKind(setup);
    expect(setup.test.lines).toEqual([]);
  });

  it('that are wrong are refused', () => {
    const { telemetry } = standIn();
    expect(() => grpcServerInterceptor(telemetry, { log: 'yes' as never })).toThrow(TelltaleError);
    expect(() => grpcServerInterceptor(undefined as never)).toThrow(/telemetry is undefined/);
    expect(() => grpcClientInterceptor(telemetry, { captureRequestMetadata: ['a b'] })).toThrow(
      /captureRequestMetadata\[0\] is "a b"/,
    );
    // @ts-expect-error clients log nothing
    expect(() => grpcClientInterceptor(telemetry, { log: true })).toThrow(/unknown option "log"/);
    expectTypeOf(grpcServerInterceptor).parameter(1).toEqualTypeOf<GrpcServerOptions | undefined>();
  });
});

describe('trouble', () => {
  it('in hooks, propagator or logger never reaches the caller', async () => {
    const bad = () => {
      throw new Error('bad');
    };
    const test = standIn();
    const telemetry = {
      ...test.telemetry,
      propagator: { inject: bad, extract: bad, fields: () => [] },
      logger: { ...test.telemetry.logger, info: bad },
    };
    const hooks = { ignore: [bad], onCall: bad, onStatus: bad };
    const server = await serve(
      {
        place: ((_call, callback) => callback(null, { id: 'fine' })) satisfies handleUnaryCall<Order, Order>,
        upload() {},
        watch() {},
        chat() {},
      },
      { interceptors: [grpcServerInterceptor(telemetry, hooks)] },
    );
    const call = connect(server.address, { interceptors: [grpcClientInterceptor(telemetry, hooks)] });
    closers.push(call.close, server.close);
    expect(await sends.place({ call } as Setup, ['a'])).toEqual(['fine']);
    await test.ended(2);
    expect(new Set(test.troubles.map(({ code }) => code))).toEqual(
      new Set(['hook_failed', 'extract_failed', 'inject_failed', 'finish_failed']),
    );
  });

  it('where telemetry is suppressed nothing is told, and no trace is sent', async () => {
    const received: unknown[] = [];
    const setup = await start({
      place: (call, callback) => {
        received.push(call.metadata.get('traceparent'));
        callback(null, { id: 'x' });
      },
    });
    await setup.test.contextManager.with(suppressTelemetry(ROOT_CONTEXT), () => sends.place(setup, ['a']));
    expect(received).toEqual([[]]);
    await setup.test.ended(1);
    expect(setup.test.spans().map(({ kind }) => kind)).toEqual([SpanKind.SERVER]);
  });

  it('each signal may be left out', async () => {
    const registry = new Registry();
    const server = await serve(
      {
        place: ((_call, callback) => callback(null, { id: 'fine' })) satisfies handleUnaryCall<Order, Order>,
        upload() {},
        watch() {},
        chat() {},
      },
      { interceptors: [grpcServerInterceptor({ registry })] },
    );
    const call = connect(server.address, { interceptors: [grpcClientInterceptor({})] });
    closers.push(call.close, server.close);
    expect(await sends.place({ call } as Setup, ['a'])).toEqual(['fine']);
    await until(() => registry.getSingleMetric('rpc_server_call_duration_seconds') !== undefined);
    expect(await registry.metrics()).toContain('rpc_method="shop.v1.Orders/Place"');
  });
});
