import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { AsyncLocalContextManager } from '../../../src/common/context-manager.js';
import {
  alwaysOff,
  alwaysOn,
  consistentProbability,
  forceDrop,
  forceKeep,
  forcible,
  parentBased,
} from '../../../src/trace/index.js';
import { setup } from '../support.js';
import { ask, DROP, SAMPLE, stateOf } from './ask.js';

describe('forcible', () => {
  it('keeps and drops by the context, and otherwise asks the sampler', () => {
    expect(ask(forcible(alwaysOff())).decision).toBe(DROP);
    expect(ask(forcible(alwaysOn())).decision).toBe(SAMPLE);
    expect(ask(forcible(alwaysOff()), { context: forceKeep(ROOT_CONTEXT) }).decision).toBe(SAMPLE);
    expect(ask(forcible(alwaysOn()), { context: forceDrop(ROOT_CONTEXT) }).decision).toBe(DROP);
    expect(ask(forcible(alwaysOn()), { context: forceKeep(forceDrop(ROOT_CONTEXT)) }).decision).toBe(SAMPLE);
  });

  it('says that a forced trace is kept for certain', () => {
    const sampler = forcible(consistentProbability(0.001));
    const forced = ask(sampler, { context: forceKeep(ROOT_CONTEXT) });
    expect(stateOf(forced)).toBe('ot=th:0');
    expect(forced.attributes).toEqual({ 'sampling.probability': 1 });
    // The probability of a trace that was sampled already stays.
    const below = ask(sampler, { context: forceKeep(ROOT_CONTEXT), state: 'ot=th:8' });
    expect([below.decision, stateOf(below)]).toEqual([SAMPLE, undefined]);
    const dropped = ask(sampler, { context: forceDrop(ROOT_CONTEXT), state: 'ot=th:8,a=b' });
    expect([dropped.decision, stateOf(dropped)]).toEqual([DROP, 'a=b']);
  });

  it('follows a request, children included', () => {
    const contextManager = new AsyncLocalContextManager();
    const { tracer, ended } = setup({ contextManager, sampler: forcible(parentBased(alwaysOff())) });
    contextManager.with(forceKeep(contextManager.active()), () => {
      tracer.trace('request', () => tracer.trace('query', () => {}));
    });
    tracer.trace('other', () => {});
    expect(ended().map(({ name }) => name)).toEqual(['query', 'request']);
  });

  it('listens to a header or to baggage where it is told so, and only there', () => {
    const attributes = { 'http.request.header.x-trace': ['1'] };
    const baggage = (value: string) =>
      propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ 'keep-trace': { value } }));
    const sampler = forcible(alwaysOff(), { header: 'X-Trace', baggage: 'keep-trace' });
    expect(ask(sampler, { attributes }).decision).toBe(SAMPLE);
    expect(ask(sampler, { attributes: { 'http.request.header.x-trace': 'keep' } }).decision).toBe(SAMPLE);
    expect(ask(sampler, { context: baggage('true') }).decision).toBe(SAMPLE);
    expect(ask(sampler, { context: baggage('maybe') }).decision).toBe(DROP);
    expect(ask(forcible(alwaysOff()), { attributes, context: baggage('1') }).decision).toBe(DROP);
    const off = forcible(alwaysOn(), { header: 'x-trace', baggage: 'keep-trace' });
    expect(ask(off, { context: baggage('0') }).decision).toBe(DROP);
    expect(ask(off, { attributes: { 'http.request.header.x-trace': ['drop'] } }).decision).toBe(DROP);
    // The context wins over the header, the header over the baggage.
    expect(ask(off, { context: forceKeep(baggage('0')) }).decision).toBe(SAMPLE);
    expect(ask(off, { attributes, context: baggage('0') }).decision).toBe(SAMPLE);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });

  it('names what is wrong', () => {
    expect(() => forcible(undefined as never)).toThrow(/forcible: sampler is undefined/);
    expect(() => forcible(alwaysOn(), { header: 5 as never })).toThrow(/header is 5/);
    expect(() => forcible(alwaysOn(), { baggage: '' })).toThrow(/baggage is ""/);
    expect(() => forcible(alwaysOn(), { cookie: 'x' } as never)).toThrow(/unknown option "cookie"/);
    expect(String(forcible(alwaysOn()))).toBe('Forcible{AlwaysOn}');
  });
});
