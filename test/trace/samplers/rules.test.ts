import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import {
  alwaysOff,
  alwaysOn,
  parentBased,
  rules,
  type SamplingRule,
  traceIdRatio,
} from '../../../src/trace/index.js';
import { setup } from '../support.js';
import { type Asked, ask, SAMPLE } from './ask.js';

type Condition = Omit<SamplingRule, 'sampler'>;

const matches = (rule: Condition, asked: Asked): boolean =>
  ask(rules([{ ...rule, sampler: alwaysOn() }], alwaysOff()), asked).decision === SAMPLE;

describe('rules', () => {
  it('ask the sampler of the first rule that matches', () => {
    const sampler = rules(
      [
        { name: 'GET /healthz', sampler: alwaysOff() },
        { name: 'GET *', sampler: alwaysOn() },
        { kind: 'client', sampler: alwaysOn() },
      ],
      alwaysOff(),
    );
    expect(ask(sampler, { name: 'GET /healthz' }).decision).toBe(0);
    expect(ask(sampler, { name: 'GET /cart' }).decision).toBe(2);
    expect(ask(sampler, { name: 'POST /cart', kind: SpanKind.CLIENT }).decision).toBe(2);
    expect(ask(sampler, { name: 'POST /cart' }).decision).toBe(0);
    expect(String(sampler)).toBe('Rules{AlwaysOff, AlwaysOn, AlwaysOn; otherwise AlwaysOff}');
  });

  it('match names by text, pieces of text and expression', () => {
    expect(matches({ name: 'a' }, { name: 'a' })).toBe(true);
    expect(matches({ name: 'a' }, { name: 'ab' })).toBe(false);
    expect(matches({ name: 'GET /orders/*/items' }, { name: 'GET /orders/7/items' })).toBe(true);
    expect(matches({ name: 'GET /orders/*/items' }, { name: 'GET /orders/items' })).toBe(false);
    expect(matches({ name: '*a*a*' }, { name: 'a' })).toBe(false);
    expect(matches({ name: '*' }, { name: '' })).toBe(true);
    const pattern = /^job\./g;
    for (let i = 0; i < 3; i++) expect(matches({ name: pattern }, { name: 'job.mail' })).toBe(true);
    expect(matches({ name: pattern }, { name: 'no job.' })).toBe(false);
  });

  it('match pieces of text as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text.filter(Boolean), text, (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`);
        expect(matches({ name: pattern }, { name })).toBe(expression.test(name));
      }),
      { numRuns: 1000 },
    );
  });

  it('match routes, kinds, parents and attributes', () => {
    expect(matches({ route: '/orders/*' }, { attributes: { 'http.route': '/orders/:id' } })).toBe(true);
    expect(matches({ route: '/orders/*' }, { attributes: { 'url.path': '/orders/5' } })).toBe(true);
    expect(matches({ route: '/orders/*' }, {})).toBe(false);
    expect(matches({ kind: 'server' }, { kind: SpanKind.SERVER })).toBe(true);
    expect(matches({ kind: SpanKind.CONSUMER }, { kind: SpanKind.CONSUMER })).toBe(true);
    expect(matches({ kind: 'internal' }, { kind: SpanKind.SERVER })).toBe(false);
    expect(matches({ parent: 'none' }, {})).toBe(true);
    expect(matches({ parent: 'remote' }, { parent: {} })).toBe(true);
    expect(matches({ parent: 'local' }, { parent: { isRemote: false } })).toBe(true);
    expect(matches({ parent: 'local' }, { parent: {} })).toBe(false);
    const attributes = { tier: 'gold', count: 7, beta: true, list: ['x'] };
    expect(matches({ attributes: { tier: 'g*d', count: 7, beta: true } }, { attributes })).toBe(true);
    expect(matches({ attributes: { tier: ['silver', 'gold'] } }, { attributes })).toBe(true);
    expect(matches({ attributes: { tier: ['silver'] } }, { attributes })).toBe(false);
    expect(matches({ attributes: { count: (n) => Number(n) > 5 } }, { attributes })).toBe(true);
    expect(matches({ attributes: { count: '7' } }, { attributes })).toBe(false);
    expect(matches({ attributes: { tier: /^g/, missing: (v) => v === undefined } }, { attributes })).toBe(
      true,
    );
    expect(
      matches({ when: ({ name, attributes }) => name === 's' && attributes.count === 7 }, { attributes }),
    ).toBe(true);
    expect(matches({}, {})).toBe(true);
  });

  it('do not see what is done to the list afterwards', () => {
    const list: SamplingRule[] = [{ sampler: alwaysOn() }];
    const sampler = rules(list, alwaysOff());
    list[0] = { sampler };
    list.unshift({ sampler });
    expect(ask(sampler).decision).toBe(SAMPLE);
  });

  it('survive functions that throw and attributes that cannot be read', () => {
    const told: string[] = [];
    const diagnostics = new Diagnostics({ handler: ({ subject }) => told.push(subject) });
    const broken = () => {
      throw new Error('mine');
    };
    const sampler = rules(
      [
        { sampler: alwaysOff(), when: broken },
        { attributes: { a: 1 }, sampler: alwaysOff() },
      ],
      alwaysOn(),
      {
        diagnostics,
      },
    );
    const { tracer, told: toldByTracer } = setup({ sampler });
    const hostile = {
      get a() {
        return broken();
      },
    };
    expect(tracer.startSpan('s', { attributes: hostile }).isRecording()).toBe(true);
    expect(tracer.startSpan('s', { attributes: 5 as never }).isRecording()).toBe(true);
    expect(told).toEqual(['rules[0]']);
    expect(toldByTracer.map(({ code }) => code)).toEqual(['invalid_attribute']);
  });

  it('work as the root of parentBased, and hold any sampler', () => {
    const foreign = { shouldSample: () => ({ decision: 1 }), toString: () => 'Foreign' };
    const { tracer } = setup({
      sampler: parentBased(rules([{ name: 'a', sampler: foreign }], traceIdRatio(0))),
    });
    expect(tracer.startSpan('a', {}, ROOT_CONTEXT).isRecording()).toBe(true);
    expect(tracer.startSpan('b', {}, ROOT_CONTEXT).isRecording()).toBe(false);
  });

  it('name the path of what is wrong', () => {
    const sampler = alwaysOn();
    const error = (list: unknown, otherwise: unknown = sampler) => {
      try {
        rules(list as SamplingRule[], otherwise as typeof sampler);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(TelltaleError);
        return (thrown as Error).message;
      }
      return 'nothing';
    };
    expect(error(5)).toMatch(/rules is 5; accepted: an array of rules/);
    expect(error([{ sampler }, null])).toMatch(/rules\[1\] is null/);
    expect(error([{ sampler, nam: 'x' }])).toMatch(/rules\[0\]: unknown option "nam"/);
    expect(error([{ name: 'x' }])).toMatch(/rules\[0\]\.sampler is undefined/);
    expect(error([{ name: '', sampler }])).toMatch(/rules\[0\]\.name is ""/);
    expect(error([{ kind: 'servr', sampler }])).toMatch(/rules\[0\]\.kind is "servr"; accepted: "internal"/);
    expect(error([{ kind: 9, sampler }])).toMatch(/rules\[0\]\.kind is 9/);
    expect(error([{ parent: 'far', sampler }])).toMatch(/rules\[0\]\.parent/);
    expect(error([{ when: 1, sampler }])).toMatch(/rules\[0\]\.when is 1; accepted: a function/);
    expect(error([{ attributes: { a: {} }, sampler }])).toMatch(/rules\[0\]\.attributes\["a"\]/);
    expect(error([{ attributes: { a: [] }, sampler }])).toMatch(/a list with a value in it/);
    expect(error([], null)).toMatch(/otherwise is null/);
  });

  it('are checked by the compiler', () => {
    // @ts-expect-error not a kind
    expect(() => rules([{ kind: 'servr', sampler: alwaysOn() }], alwaysOn())).toThrow();
    // @ts-expect-error no sampler
    expect(() => rules([{ name: 'a' }], alwaysOn())).toThrow();
  });
});
