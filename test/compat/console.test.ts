import { describe, expect, it } from 'vitest';
import { type CaptureConsoleOptions, captureConsole } from '../../src/compat/console.js';
import { Logger, memorySink } from '../../src/logs/index.js';

function setup(options: CaptureConsoleOptions = {}) {
  const printed: unknown[][] = [];
  const print = (...args: unknown[]) => void printed.push(args);
  const target = { trace: print, debug: print, log: print, info: print, warn: print, error: print };
  const sink = memorySink();
  const logger = new Logger({ level: 'trace', sinks: [sink] });
  const release = captureConsole(logger, { console: target, ...options });
  return { printed, print, target, sink, logger, release };
}

describe('captureConsole', () => {
  it('makes lines of the levels that the methods stand for', () => {
    const { target, sink, printed } = setup();
    for (const method of ['trace', 'debug', 'log', 'info', 'warn', 'error'] as const) target[method]('x');
    expect(sink.records.map(({ level, msg }) => [level, msg])).toEqual([
      ['trace', 'x'],
      ['debug', 'x'],
      ['info', 'x'],
      ['info', 'x'],
      ['warn', 'x'],
      ['error', 'x'],
    ]);
    expect(printed).toEqual([]);
  });

  it('formats as console does, and keeps errors and one object as fields', () => {
    const { target, sink } = setup();
    target.log('cart %s has %d', 'c1', 3);
    target.log('user', { id: 7 }, 'seen');
    target.log({ a: 1 }, { b: 2 });
    target.log('%o', { a: 1 });
    target.error(new TypeError('broken'));
    target.error('failed:', new TypeError('broken'), { code: 1 });
    target.log();
    target.log(undefined, null, 1, true, [1, 2]);
    expect(sink.records).toMatchObject([
      { msg: 'cart c1 has 3' },
      { msg: 'user seen', id: 7 },
      { msg: '{ a: 1 } { b: 2 }' },
      { msg: expect.stringContaining('a: 1') },
      { msg: 'broken', err: { type: 'TypeError' } },
      { msg: 'failed:', err: { message: 'broken' }, code: 1 },
      { msg: '' },
      { msg: 'undefined null 1 true [ 1, 2 ]' },
    ]);
  });

  it('prints as well where it is told to', () => {
    const { target, printed, sink } = setup({ print: true });
    target.log('a', 1);
    expect(printed).toEqual([['a', 1]]);
    expect(sink.lines).toHaveLength(1);
  });

  it('does not take what a sink prints meanwhile', () => {
    const { printed, print } = setup();
    const target = { trace: print, debug: print, log: print, info: print, warn: print, error: print };
    const logger = new Logger({ sinks: [(line) => target.log(line)] });
    captureConsole(logger, { console: target });
    target.log('once');
    expect(printed).toHaveLength(1);
    expect(printed[0]![0]).toContain('"msg":"once"');
  });

  it('gives console back, but not over the head of somebody else', () => {
    const { target, print, release, sink } = setup();
    const other = () => undefined;
    target.warn = other;
    release();
    expect(target.log).toBe(print);
    expect(target.warn).toBe(other);
    target.log('x');
    expect(sink.lines).toEqual([]);
  });

  it('never throws, whatever is printed', () => {
    const { target, sink } = setup();
    const hostile = {
      get a() {
        throw new Error('no');
      },
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('no');
      },
    };
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    target.log(hostile, cycle, Symbol('s'), 10n);
    target.log(
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no');
          },
        },
      ),
    );
    expect(sink.lines).toHaveLength(2);
    expect(() => captureConsole({} as never)).toThrow(/logger is/);
  });
});
