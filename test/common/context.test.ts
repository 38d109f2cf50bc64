import { createContextKey, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootContext, spanOf } from '../../src/common/context.js';
import { withSpan } from '../../src/common/with-span.js';

const KEY = createContextKey('user');
const OTHER = createContextKey('other');
const span = { name: 'the span' } as unknown as Span;

describe('contexts', () => {
  it('never change; each change is a new one', () => {
    const one = rootContext.setValue(KEY, 1);
    const two = one.setValue(KEY, 2).setValue(OTHER, 'x');
    const none = two.deleteValue(KEY);
    expect([rootContext, one, two, none].map((own) => own.getValue(KEY))).toEqual([
      undefined,
      1,
      2,
      undefined,
    ]);
    expect(none.getValue(OTHER)).toBe('x');
    expect(none.deleteValue(KEY).getValue(OTHER)).toBe('x');
  });

  it('behave as a map does, whatever is set and deleted', () => {
    const keys = Array.from({ length: 5 }, (_, i) => createContextKey(`key ${i}`));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), fc.option(fc.integer()))), (steps) => {
        let context = rootContext;
        const map = new Map<symbol, number>();
        for (const [index, value] of steps) {
          const key = keys[index]!;
          if (value === null) {
            context = context.deleteValue(key);
            map.delete(key);
          } else {
            context = context.setValue(key, value);
            map.set(key, value);
          }
          for (const each of keys) expect(context.getValue(each)).toBe(map.get(each));
        }
      }),
    );
  });

  it('hold the span where the OpenTelemetry API looks for it, and the other way round', () => {
    expect(trace.getSpan(withSpan(rootContext, span))).toBe(span);
    expect(spanOf(trace.setSpan(rootContext, span))).toBe(span);
    expect(spanOf(trace.setSpan(ROOT_CONTEXT, span))).toBe(span);
    expect(trace.getSpan(withSpan(ROOT_CONTEXT.setValue(KEY, 1), span))).toBe(span);
    expect(spanOf(trace.deleteSpan(withSpan(rootContext, span)))).toBeUndefined();
    expect(spanOf(withSpan(withSpan(rootContext, span), undefined))).toBeUndefined();
  });

  it('keep their other values when the span changes, in contexts of ours and of others', () => {
    for (const root of [rootContext, ROOT_CONTEXT]) {
      const context = withSpan(root.setValue(KEY, 'kept'), span);
      expect(context.getValue(KEY)).toBe('kept');
      expect(withSpan(context, undefined).getValue(KEY)).toBe('kept');
    }
  });
});
