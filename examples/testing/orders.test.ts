/**
 * Unit tests that look at what the code tells: no network, no sleeping, the same ids at every run.
 *
 *     npx vitest run examples/testing
 */
import { createTestTelemetry, promqlOver } from 'telltale/testing';
import { matchers } from 'telltale/vitest';
import { beforeEach, expect, it } from 'vitest';
import { createOrders } from './orders.js';

expect.extend(matchers);

const telemetry = createTestTelemetry();
const orders = createOrders(telemetry);
beforeEach(() => telemetry.reset());

it('tells of an order in all three signals', async () => {
  await orders.place('A-1', 99.5, 'card');

  expect(telemetry).toHaveSpan('place order', { attributes: { 'order.id': 'A-1' }, status: 'unset' });
  expect(telemetry).toHaveLogged('info', 'order placed', { total: 99.5 });
  await expect(telemetry).toHaveMetric('orders_placed_total', { method: 'card' }, 1);
});

it('joins the log line to the span', async () => {
  await orders.place('A-2', 10, 'invoice');

  const [span] = telemetry.spans;
  expect(telemetry).toHaveLogged('info', 'order placed', { span_id: span!.spanContext().spanId });
});

it('marks the span of an order that fails', async () => {
  await expect(orders.place('A-3', 0, 'card')).rejects.toThrow(RangeError);

  expect(telemetry).toHaveSpan('place order', { status: 'error' });
  expect(telemetry).not.toHaveLogged('info', 'order placed');
});

it('measures with a clock that stands still until it is moved', async () => {
  await telemetry.tracer.trace('wait', () => telemetry.clock.advance(250));

  expect(telemetry).toHaveSpan('wait', { durationMs: 250 });
});

it('sells at the rate that was asked for', async () => {
  const promql = await promqlOver(telemetry);
  for (let i = 0; i < 8; i++) {
    await orders.place(`B-${i}`, 10, 'card');
    await telemetry.clock.advance(15_000);
  }

  expect(await promql('sum(increase(orders_placed_total[1m]))')).toEqual([{ labels: {}, value: 4 }]);
});
