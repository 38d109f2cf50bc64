import { trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootContext } from '../../../src/common/context.js';
import { AsyncLocalContextManager } from '../../../src/common/context-manager.js';
import { resourceOf } from '../../../src/common/resource.js';
import { withSpan } from '../../../src/common/with-span.js';
import {
  defineLevels,
  ecs,
  type LogFormat,
  Logger,
  type LoggerOptions,
  logfmt,
  memorySink,
  pretty,
  stdoutSink,
  terminalFormat,
} from '../../../src/logs/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { parseStrict } from '../lib/strict-json.js';

const NOW = Date.UTC(2026, 10, 21, 20, 30, 0, 123);
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

function make(format: LogFormat, options: LoggerOptions = {}) {
  const texts: string[] = [];
  const contextManager = new AsyncLocalContextManager();
  const logger = new Logger({
    sinks: [{ write: (text) => texts.push(text), format }],
    clock: new FakeClock({ now: NOW }),
    contextManager,
    ...options,
  });
  const inSpan = (fn: () => void) =>
    contextManager.with(withSpan(rootContext, trace.wrapSpanContext(ids)), fn);
  return { logger, texts, inSpan };
}

const error = Object.assign(new TypeError('card declined', { cause: new Error('timeout') }), {
  code: 'E_CARD',
});
error.stack = 'TypeError: card declined\n    at charge (/app/payments.js:12:9)';
(error.cause as Error).stack = 'Error: timeout\n    at wait (/app/net.js:3:1)';

/** Any values that a field may have, hostile ones included. */
const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
  fc.string({ unit: 'binary' }),
  fc
    .constantFrom<() => unknown>(
      () => error,
      () => {
        const cycle: Record<string, unknown> = {};
        cycle.self = cycle;
        return cycle;
      },
      () => ({
        get bad() {
          throw new Error('no');
        },
      }),
    )
    .map((create) => create()),
);
const anyFields = fc.dictionary(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('msg', 'err', 'a', 'a.b', 'message', 'error')),
  anything,
);

describe('logfmt', () => {
  it('is key=value, quoted where it must be', () => {
    const { logger, texts, inSpan } = make(logfmt(), { name: 'shop', fields: { region: 'eu' } });
    inSpan(() =>
      logger.info('order placed', {
        id: 7,
        note: 'a "b" = c',
        empty: '',
        user: { id: 1, tags: ['x', 'y'] },
        none: null,
        'bad key=': true,
        nothing: {},
      }),
    );
    expect(texts).toEqual([
      'time=2026-11-21T20:30:00.123Z level=info msg="order placed" name=shop ' +
        `trace_id=${ids.traceId} span_id=${ids.spanId} id=7 note="a \\"b\\" = c" empty="" user.id=1 ` +
        'user.tags="[\\"x\\",\\"y\\"]" none=null bad_key_=true nothing={} region=eu\n',
    ]);
  });

  it('says errors with their stack and causes', () => {
    const { logger, texts } = make(logfmt());
    logger.error(error);
    expect(texts[0]).toContain('err.type=TypeError err.message="card declined" err.stack="TypeError: card');
    expect(texts[0]).toContain('err.code=E_CARD err.cause.type=Error err.cause.message=timeout');
  });

  it('is one line with no key twice, whatever is logged', () => {
    const { logger, texts } = make(logfmt());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), anyFields, (message, fields) => {
        texts.length = 0;
        logger.child(fields).info(message, fields);
        const line = texts[0]!;
        expect(line.slice(0, -1)).not.toMatch(/[\n\r\u2028]/);
        expect(line.endsWith('\n')).toBe(true);
        const keys: string[] = [];
        const rest = line
          .slice(0, -1)
          .replace(/([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"=]*)(?: |$)/gu, (_, key) => {
            keys.push(key);
            return '';
          });
        expect(rest).toBe('');
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });
});

describe('ecs', () => {
  it('has the names of the schema', () => {
    const { logger, texts, inSpan } = make(ecs(), {
      name: 'orders',
      resource: resourceOf({
        'service.name': 'shop',
        'service.version': '1.2',
        'deployment.environment.name': 'prod',
      }),
    });
    inSpan(() => logger.warn('careful', { orderId: 7, message: 'mine', log: 1, 'error.type': 'x' }));
    logger.error(error, 'failed');
    expect(texts[0]).toMatch(
      /^\{"@timestamp":"2026-11-21T20:30:00.123Z","log.level":"warn","message":"careful","ecs.version":"8/,
    );
    expect(JSON.parse(texts[0]!)).toMatchObject({
      'log.logger': 'orders',
      'service.name': 'shop',
      'service.version': '1.2',
      'service.environment': 'prod',
      'trace.id': ids.traceId,
      'span.id': ids.spanId,
      orderId: 7,
      message_: 'mine',
      log_: 1,
      'error.type_': 'x',
    });
    expect(JSON.parse(texts[1]!)).toMatchObject({
      message: 'failed',
      'error.type': 'TypeError',
      'error.message': 'card declined',
      'error.stack_trace': error.stack,
      err: { code: 'E_CARD', cause: { type: 'Error', message: 'timeout' } },
    });
  });

  it('is one line of valid JSON with no key twice, whatever is logged', () => {
    const { logger, texts } = make(ecs());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), anyFields, (message, fields) => {
        texts.length = 0;
        logger.error(message, fields);
        expect(texts[0]!.slice(0, -1)).not.toContain('\n');
        const parsed = parseStrict(texts[0]!.slice(0, -1)) as Map<string, unknown>;
        expect([...parsed.keys()].slice(0, 3)).toEqual(['@timestamp', 'log.level', 'message']);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });
});

describe('pretty', () => {
  const plain = { colors: false, time: 'utc' } as const;

  it('is made for eyes', () => {
    const { logger, texts, inSpan } = make(pretty(plain), { name: 'shop' });
    inSpan(() =>
      logger.info('order placed', {
        id: 7,
        by: 'ada',
        note: 'two words',
        user: { id: 1, address: { street: 'Long Street 17', city: 'Berlin' } },
        text: 'line one\nline two',
      }),
    );
    expect(texts[0]).toBe(
      [
        '20:30:00.123 INFO  [shop] order placed id=7 by=ada note="two words" trace=0af76519',
        '    user:',
        '      {',
        '        "id": 1,',
        '        "address": {',
        '          "street": "Long Street 17",',
        '          "city": "Berlin"',
        '        }',
        '      }',
        '    text:',
        '      line one',
        '      line two',
        '',
      ].join('\n'),
    );
  });

  it('lays errors out, with causes, members and own properties', () => {
    const { logger, texts } = make(pretty({ ...plain, time: 'none' }));
    logger.error(error, 'payment failed');
    const many = new AggregateError([error.cause, 'text'], 'many');
    many.stack = 'AggregateError: many';
    logger.warn('retrying', { reason: many });
    expect(texts[0]).toBe(
      [
        'ERROR payment failed',
        '    TypeError: card declined',
        '        at charge (/app/payments.js:12:9)',
        '    code=E_CARD',
        '    caused by Error: timeout',
        '        at wait (/app/net.js:3:1)',
        '',
      ].join('\n'),
    );
    expect(texts[1]).toBe(
      [
        'WARN  retrying',
        '    reason:',
        '        AggregateError: many',
        '        errors[0]',
        '          Error: timeout',
        '              at wait (/app/net.js:3:1)',
        '        errors[1]',
        '          "text"',
        '',
      ].join('\n'),
    );
  });

  it('has colours where they are wanted, and custom levels', () => {
    const texts: string[] = [];
    const logger = new (defineLevels({ audit: 55 }))({
      sinks: [{ write: (text) => texts.push(text), format: pretty({ colors: true, time: 'none' }) }],
    });
    logger.audit('m', { a: 1 });
    expect(texts[0]).toBe('\u001b[31mAUDIT\u001b[0m \u001b[1mm\u001b[0m \u001b[36ma\u001b[0m=1\n');
  });

  it('sends nothing that could steer the terminal, whatever is logged', () => {
    const { logger, texts } = make(pretty(plain));
    logger.info('\u001b[2Jgone', { '\u001b[31mkey': '\u0007\u001b]0;title\u0007' });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), anyFields, (message, fields) => {
        logger.error(message, fields);
      }),
      { numRuns: 200, endOnFailure: true },
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(texts.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('shows the time as it is asked to', () => {
    for (const [time, expected] of [
      ['iso', /^2026-11-21T20:30:00.123Z INFO/],
      ['utc', /^20:30:00.123 INFO/],
      ['local', /^\d\d:\d\d:00.123 INFO/],
    ] as const) {
      const { logger, texts } = make(pretty({ colors: false, time }));
      logger.info('m');
      expect(texts[0]).toMatch(expected);
    }
    // @ts-expect-error no such time
    expect(() => pretty({ time: 'short' })).toThrow('pretty: time is "short"; accepted: "local"');
    // @ts-expect-error no such option
    expect(() => pretty({ color: true })).toThrow('pretty: unknown option "color"');
  });

  it('is for terminals only', () => {
    expect(terminalFormat({ isTTY: false })).toBeUndefined();
    expect(terminalFormat({})).toBeUndefined();
    expect(terminalFormat({ isTTY: true })).toBeTypeOf('function');
    expect(stdoutSink({ format: pretty() })).toHaveProperty('format');
  });
});

describe('formats of sinks', () => {
  it('differ from sink to sink', () => {
    const json = memorySink();
    const { logger, texts } = make(logfmt(), {});
    const both = new Logger({ sinks: [json, { write: (text) => texts.push(text), format: logfmt() }] });
    both.info('m', { a: 1 });
    logger.info('n');
    expect(json.records).toMatchObject([{ msg: 'm', a: 1 }]);
    expect(texts[0]).toMatch(/ level=info msg=m a=1\n$/);
  });

  it('that throw cost their own sink the line and nobody else', () => {
    const json = memorySink();
    const broken: LogFormat = () => {
      throw new Error('format');
    };
    const told: string[] = [];
    const logger = new Logger({
      sinks: [{ write: () => told.push('never'), format: broken }, json],
    });
    logger.info('m');
    expect(json.records).toMatchObject([{ msg: 'm' }]);
    expect(told).toEqual([]);
  });
});
