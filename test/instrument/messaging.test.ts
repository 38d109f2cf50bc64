import {
  context as apiContext,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { TelltaleError } from '../../src/common/errors.js';
import { suppressTelemetry } from '../../src/common/suppression.js';
import { type MessageTracerOptions, messageTracer } from '../../src/instrument/messaging.js';
import { standIn } from './stand-in.js';

function setup(options: Partial<MessageTracerOptions> = {}) {
  const test = standIn();
  const messages = messageTracer(test.telemetry, { system: 'kafka', ...options });
  const within = <R>(name: string, fn: () => R): R => {
    const span = test.telemetry.tracer.startSpan(name);
    return test.contextManager.with(trace.setSpan(ROOT_CONTEXT, span), fn);
  };
  return { ...test, messages, within };
}

describe('a message', () => {
  it('carries its trace from who sends it to who processes it', async () => {
    const test = setup({ address: 'broker.test', port: 9092 });
    const headers: Record<string, unknown> = { tenant: 'acme' };
    const sent = await test.within('request', () =>
      test.messages.send({ destination: 'orders', headers, id: 'm-1' }, async () => {
        await Promise.resolve();
        return test.currentSpanId();
      }),
    );
    const [producer] = test.spans();
    expect(sent).toBe(producer!.spanContext().spanId);
    expect(headers.tenant).toBe('acme');
    expect(headers.traceparent).toContain(`${producer!.spanContext().traceId}-${sent}`);

    // As Kafka hands it over.
    const arrived = { traceparent: Buffer.from(String(headers.traceparent)) };
    const inside = await test.within('poll', () =>
      test.messages.process({ destination: 'orders', headers: arrived, group: 'billing' }, async () =>
        test.currentSpanId(),
      ),
    );
    const consumer = test.spans()[1]!;
    expect(inside).toBe(consumer.spanContext().spanId);
    const shared = {
      'messaging.system.name': 'kafka',
      'messaging.destination.name': 'orders',
      'server.address': 'broker.test',
      'server.port': 9092,
    };
    expect(producer).toMatchObject({
      name: 'send orders',
      kind: SpanKind.PRODUCER,
      attributes: { ...shared, 'messaging.operation.name': 'send', 'messaging.message.id': 'm-1' },
    });
    expect(consumer).toMatchObject({
      name: 'process orders',
      kind: SpanKind.CONSUMER,
      attributes: {
        ...shared,
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': 'billing',
      },
      links: [],
    });
    expect(consumer.parentSpanContext?.spanId).toBe(producer!.spanContext().spanId);
  });

  it('carries baggage, and nothing of the process that polls', () => {
    const test = setup();
    const headers = {
      baggage: 'tenant=acme',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const polling = propagation.setBaggage(
      ROOT_CONTEXT,
      propagation.createBaggage({ poller: { value: '1' } }),
    );
    const seen = test.contextManager.with(polling, () =>
      test.messages.process({ destination: 'q', headers }, () =>
        propagation
          .getBaggage(test.contextManager.active())
          ?.getAllEntries()
          .map(([key]) => key),
      ),
    );
    expect(seen).toEqual(['tenant']);
    expect(apiContext.active()).toBe(ROOT_CONTEXT);
  });

  it('may link to who sent it instead', () => {
    const test = setup({ relation: 'link' });
    const headers = {};
    test.messages.send({ destination: 'q', headers }, () => {});
    test.within('poll', () => test.messages.process({ destination: 'q', headers }, () => {}));
    const [producer, consumer] = test.spans();
    expect(consumer!.spanContext().traceId).not.toBe(producer!.spanContext().traceId);
    expect(consumer!.parentSpanContext).toBeDefined();
    expect(consumer!.links[0]!.context.spanId).toBe(producer!.spanContext().spanId);
  });

  it('without a trace belongs to what is current', () => {
    const test = setup();
    for (const headers of [undefined, null as never, {}, { traceparent: 'rubbish' }]) {
      test.within('poll', () => test.messages.process({ destination: 'q', headers }, () => {}));
      expect(test.spans().at(-1)!.parentSpanContext).toBeDefined();
      expect(test.spans().at(-1)!.links).toEqual([]);
    }
  });

  it('of SQS has attributes', () => {
    const test = setup({ system: 'aws.sqs' });
    const headers: Record<string, unknown> = {};
    test.messages.send({ destination: 'q', headers }, () => {});
    expect(headers.traceparent).toMatchObject({
      DataType: 'String',
      StringValue: expect.stringMatching(/^00-/),
    });
    test.messages.process({ destination: 'q', headers }, () => {});
    expect(test.spans()[1]!.parentSpanContext?.spanId).toBe(test.spans()[0]!.spanContext().spanId);
  });
});

describe('several messages', () => {
  it('are sent in one span, each with its trace, and processed in one that links to each', () => {
    const test = setup();
    const first = [{}, {}];
    test.messages.send({ destination: 'orders', headers: first }, () => {});
    const second = {};
    test.messages.send({ destination: 'orders', headers: second }, () => {});
    test.messages.processBatch(
      { destination: 'orders', headers: [...first, second, undefined, {}] },
      () => {},
    );
    const [a, b, batch] = test.spans();
    expect(a!.attributes['messaging.batch.message_count']).toBe(2);
    expect(batch!.attributes['messaging.batch.message_count']).toBe(5);
    expect(batch!.links.map(({ context }) => context.spanId)).toEqual(
      [a, a, b].map((span) => span!.spanContext().spanId),
    );
    expect(batch!.parentSpanContext).toBeUndefined();
  });

  it('make a bounded number of links', () => {
    const test = setup();
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    test.messages.processBatch({ destination: 'q', headers: Array(10_000).fill(headers) }, () => {});
    expect(test.spans()[0]!.links).toHaveLength(128);
    expect(test.spans()[0]!.attributes['messaging.batch.message_count']).toBe(10_000);
  });

  it('are asked for in a CLIENT span', async () => {
    const test = setup();
    expect(await test.messages.receive({ destination: 'q' }, async () => [1, 2])).toEqual([1, 2]);
    expect(test.spans()[0]).toMatchObject({ name: 'receive q', kind: SpanKind.CLIENT });
  });
});

describe('what goes wrong', () => {
  it('in the handler is recorded and goes on', async () => {
    const test = setup();
    const error = Object.assign(new Error('no'), { code: 'E_FULL' });
    await expect(test.messages.process({ destination: 'q' }, async () => Promise.reject(error))).rejects.toBe(
      error,
    );
    expect(() =>
      test.messages.send({ destination: 'q', headers: {} }, () => {
        throw error;
      }),
    ).toThrow(error);
    for (const span of test.spans()) {
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
      expect(span.attributes['error.type']).toBe('E_FULL');
      expect(span.events[0]!.name).toBe('exception');
    }
  });

  it('in the headers reaches nobody', () => {
    const test = setup();
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        has: () => {
          throw new Error('no');
        },
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    expect(test.messages.send({ destination: 'q', headers: hostile }, () => 1)).toBe(1);
    expect(test.messages.send({ destination: 'q', headers: Object.freeze({}) }, () => 2)).toBe(2);
    expect(test.messages.process({ destination: 'q', headers: hostile }, () => 3)).toBe(3);
    expect(test.spans()).toHaveLength(3);
  });

  it('in what a call is given is told of, and the message goes its way', () => {
    const test = setup();
    // @ts-expect-error the headers are missing
    expect(test.messages.send({ destination: 'q' }, () => 1)).toBe(1);
    for (const destination of ['', undefined, 7]) {
      expect(test.messages.process({ destination: destination as string }, () => 2)).toBe(2);
    }
    expect(test.spans().map(({ name }) => name)).toEqual(['send q', 'process', 'process', 'process']);
    expect(test.troubles.map(({ code }) => code)).toContain('invalid_destination');
    // @ts-expect-error headers of one message, where those of each are asked for
    expect(test.messages.processBatch({ destination: 'q', headers: {} }, () => 3)).toBe(3);
    expect(
      test.troubles.filter(({ code }) => code === 'invalid_headers').map(({ message }) => message),
    ).toEqual([
      'messageTracer.send: headers is undefined, so the trace goes no further; accepted: those of the message, {} at first',
      'messageTracer.processBatch: headers is {}, so the trace goes no further; accepted: a list, those of each message',
    ]);
  });

  it('in the options shows at once', () => {
    const { telemetry } = standIn();
    // @ts-expect-error the system is missing
    expect(() => messageTracer(telemetry, {})).toThrow(/system is null/);
    expect(() => messageTracer(telemetry, { system: 'x', relation: 'parent' as never })).toThrow(
      TelltaleError,
    );
    expect(() => messageTracer(telemetry, { system: 'x', carrier: {} as never })).toThrow(/carrier/);
    const messages = messageTracer(telemetry, { system: 'x' });
    expectTypeOf(messages.process({ destination: 'q' }, async () => 7)).toEqualTypeOf<Promise<number>>();
  });
});

it('does nothing where telemetry is suppressed, and only passes the trace on without a tracer', () => {
  const test = setup();
  const headers = {};
  test.contextManager.with(suppressTelemetry(ROOT_CONTEXT), () =>
    test.messages.send({ destination: 'q', headers }, () => {}),
  );
  expect(headers).toEqual({});
  const { tracer: _, ...rest } = test.telemetry;
  const plain = messageTracer(rest, { system: 'kafka' });
  test.within('request', () => plain.send({ destination: 'q', headers }, () => {}));
  expect(headers).toHaveProperty('traceparent');
  expect(test.spans()).toEqual([]);
});
