import { defaultTextMapGetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { suppressTelemetry } from '../../../src/common/suppression.js';
import { CompositePropagator, W3CTraceContextPropagator, XRayPropagator } from '../../../src/trace/index.js';
import { contextOf, extracted, injected, mutilated, SPAN, spanContexts, TRACE } from './support.js';

const xray = new XRayPropagator();
const official = new AWSXRayPropagator();
const ROOT = `1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`;
const parent = { traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true };
const read = (header: unknown) => extracted(xray, { 'x-amzn-trace-id': header });

it('is read with its fields in any order, among others, and with spaces', () => {
  for (const header of [
    `Root=${ROOT};Parent=${SPAN};Sampled=1`,
    `Sampled=1;Parent=${SPAN};Root=${ROOT}`,
    ` Root=${ROOT} ; Parent=${SPAN} ;Sampled=1;`,
    `Self=1-${TRACE.slice(0, 8)}-${'a'.repeat(24)};Root=${ROOT};Parent=${SPAN};Sampled=1;Lineage=a87bd80c:1|68fd508a:5`,
  ]) {
    expect(read(header), header).toEqual(parent);
  }
  expect(read(`Root=${ROOT};Parent=${SPAN};Sampled=0`)).toEqual({ ...parent, traceFlags: 0 });
});

it.each([
  '',
  ROOT,
  `Root=${ROOT}`,
  `Root=${ROOT};Sampled=1`,
  `Root=${ROOT};Parent=${SPAN}`,
  `Root=${ROOT};Parent=${SPAN};Sampled=?`,
  `Root=${ROOT};Parent=${SPAN};Sampled=2`,
  `Root=2${ROOT.slice(1)};Parent=${SPAN};Sampled=1`,
  `Root=${ROOT}0;Parent=${SPAN};Sampled=1`,
  `Root=${ROOT.replaceAll('-', '_')};Parent=${SPAN};Sampled=1`,
  `Root=1-00000000-${'0'.repeat(24)};Parent=${SPAN};Sampled=1`,
  `Root=${ROOT};Parent=${'0'.repeat(16)};Sampled=1`,
  `Root=${ROOT};Parent=nothexnothexnoth;Sampled=1`,
  `Rootless=${ROOT};Parent=${SPAN};Sampled=1`,
  `Root=${ROOT};Parent=${SPAN};Sampled=1;${'x'.repeat(10_000_000)}`,
])('is ignored when it is %.80s', (header) => {
  expect(read(header)).toBeUndefined();
});

it('keeps the state of the same trace that another propagator read', () => {
  const both = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), xray] });
  const headers = (root: string) => ({
    traceparent: `00-${TRACE}-${SPAN}-01`,
    tracestate: 'vendor=1',
    'x-amzn-trace-id': `Root=${root};Parent=00f067aa0ba902b7;Sampled=1`,
  });
  const stateOf = (root: string) =>
    trace
      .getSpanContext(both.extract(ROOT_CONTEXT, headers(root), defaultTextMapGetter))
      ?.traceState?.serialize();
  expect(stateOf(ROOT)).toBe('vendor=1');
  expect(stateOf(ROOT.replace(/.$/, '0'))).toBeUndefined();
});

it('sends nothing where there is no valid span, or telemetry is suppressed', () => {
  expect(injected(xray, ROOT_CONTEXT)).toEqual({});
  expect(injected(xray, contextOf({ spanId: '0'.repeat(16) }))).toEqual({});
  expect(injected(xray, suppressTelemetry(contextOf()))).toEqual({});
});

it('reads and writes what the official propagator does', () => {
  fc.assert(
    fc.property(spanContexts, (spanContext) => {
      const headers = injected(official, contextOf(spanContext));
      expect(injected(xray, contextOf(spanContext))).toEqual(headers);
      expect(extracted(xray, headers)).toEqual(extracted(official, headers));
    }),
  );
});

it('never throws, and takes for valid what the official propagator does', () => {
  fc.assert(
    fc.property(mutilated(`Root=${ROOT};Parent=${SPAN};Sampled=1`), fc.anything(), (header, any) => {
      read(any);
      const found = read(header);
      if (found !== undefined) expect(found).toEqual(extracted(official, { 'x-amzn-trace-id': header }));
    }),
  );
});
