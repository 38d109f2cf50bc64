import { readFileSync } from 'node:fs';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import * as otel from '@opentelemetry/sdk-trace-base';
import { transformSync } from 'esbuild';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { TelltaleError } from '../../src/common/errors.js';
import { registerGlobals, Traced, traced } from '../../src/trace/index.js';
import { setup } from './support.js';

afterEach(() => {
  trace.disable();
  context.disable();
});

describe('traced', () => {
  it('runs a function in a span of its name, with its arguments and this', () => {
    const { tracer, last } = setup();
    const shop = {
      discount: 2,
      price: traced(
        function price(this: { discount: number }, amount: number): number {
          return amount - this.discount;
        },
        { tracer, kind: SpanKind.CLIENT, attributes: { unit: 'cent' } },
      ),
    };
    expect(shop.price(10)).toBe(8);
    expect(last()).toMatchObject({ name: 'price', kind: SpanKind.CLIENT, attributes: { unit: 'cent' } });
    expect([shop.price.name, shop.price.length]).toEqual(['price', 1]);
  });

  it('follows promises and generators, and records errors', async () => {
    const { tracer, last } = setup();
    const load = traced(async (id: number) => ({ id }), { tracer, name: 'load' });
    expectTypeOf(load).toEqualTypeOf<(id: number) => Promise<{ id: number }>>();
    expect(await load(7)).toEqual({ id: 7 });
    expect(last().name).toBe('load');
    const count = traced(
      function* count(to: number) {
        for (let i = 0; i < to; i++) yield i;
      },
      { tracer },
    );
    expect([...count(3)]).toEqual([0, 1, 2]);
    expect(last().name).toBe('count');
    const broken = traced(
      () => {
        throw new RangeError('mine');
      },
      { tracer },
    );
    expect(broken).toThrow('mine');
    expect(last()).toMatchObject({ name: 'anonymous', status: { code: 2, message: 'mine' } });
  });

  it("asks the API's global provider where no tracer is named, from when there is one", () => {
    const { provider, ended } = setup();
    const work = traced(function work() {
      return 1;
    });
    expect(work()).toBe(1);
    const { unregister } = registerGlobals({ tracerProvider: provider });
    expect(work()).toBe(1);
    unregister();
    expect(ended().map(({ name, instrumentationScope }) => [name, instrumentationScope.name])).toEqual([
      ['work', 'telltale'],
    ]);
  });

  it('works with the tracer of another SDK', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const exporter = new otel.InMemorySpanExporter();
    const provider = new otel.BasicTracerProvider({
      spanProcessors: [new otel.SimpleSpanProcessor(exporter)],
    });
    const tracer = provider.getTracer('theirs');
    const inner = traced(() => 1, { tracer, name: 'inner' });
    const steps = traced(
      function* steps() {
        yield inner();
        yield inner();
      },
      { tracer },
    );
    expect([...steps()]).toEqual([1, 1]);
    await expect(
      traced(async () => Promise.reject(new Error('x')), { tracer, name: 'late' })(),
    ).rejects.toThrow();
    expect(() =>
      traced(
        () => {
          throw new Error('y');
        },
        { tracer, name: 'now' },
      )(),
    ).toThrow('y');
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name, status }) => [name, status.code])).toEqual([
      ['inner', 0],
      ['inner', 0],
      ['steps', 0],
      ['late', 2],
      ['now', 2],
    ]);
    expect(spans[1]!.parentSpanContext).toEqual(spans[2]!.spanContext());
  });

  it('names what is wrong', () => {
    expect(() => traced(5 as never)).toThrow('traced: fn is 5; accepted: a function');
    expect(() => traced(() => {}, { tracer: {} as never })).toThrow(/traced: tracer is {}/);
    expect(() => traced(() => {}, { nam: 'x' } as never)).toThrow(/unknown option "nam"/);
    expect(() => traced(() => {}, { name: '' })).toThrow(TelltaleError);
  });
});

describe('Traced', () => {
  // Decorators are not JavaScript yet: esbuild makes it of them, by the standard and as TypeScript had them first.
  it.each([
    ['by the standard', false],
    ["by TypeScript's experimentalDecorators", true],
  ])('traces methods, %s', async (_, experimentalDecorators) => {
    const { tracer, ended } = setup();
    const Orders = evaluate('decorated.ts', experimentalDecorators).orders(Traced, tracer);
    const [orders] = Orders.all();
    expect(await orders!.load(7)).toBe('order 7');
    expect(orders!.place()).toBe('order');
    expect(ended().map(({ name }) => name)).toEqual(['Orders.all', 'Orders.load', 'place order']);
    expectTypeOf(orders!.load).returns.resolves.toBeString();
  });

  it('traces fields that hold a function', () => {
    const { tracer, ended } = setup();
    const Carts = evaluate('decorated.ts', false).carts(Traced, tracer);
    expect(new Carts().total(8)).toBe(9);
    expect(ended().map(({ name }) => name)).toEqual(['Carts.total']);
  });

  it('refuses what it cannot trace', () => {
    const apply = Traced('x') as unknown as (...args: unknown[]) => unknown;
    expect(() => apply(class {}, { kind: 'class', name: 'A' })).toThrow(
      /Traced: target is "class"; accepted: a method/,
    );
    expect(() => apply({}, 'property')).toThrow(TelltaleError);
    expect(() => Traced({ unknown: 1 } as never)).toThrow(/unknown option/);
    // @ts-expect-error a class is no method
    expect(() => Traced()(class {}, { kind: 'class' })).toThrow(TelltaleError);
  });
});

function evaluate(file: string, experimentalDecorators: boolean): typeof import('./decorated.js') {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8');
  const tsconfigRaw = { compilerOptions: { experimentalDecorators } };
  const { code } = transformSync(source, {
    loader: 'ts',
    target: 'es2022',
    format: 'cjs',
    keepNames: true,
    tsconfigRaw,
  });
  const module = { exports: {} };
  new Function('module', 'exports', code)(module, module.exports);
  return module.exports as typeof import('./decorated.js');
}
