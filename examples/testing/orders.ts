import { Counter, type Telemetry } from 'telltale';

/** What `orders.test.ts` tests: a service function that logs, traces and counts. */
export function createOrders({
  logger,
  tracer,
  registry,
}: Pick<Telemetry, 'logger' | 'tracer' | 'registry'>) {
  const placed = new Counter({
    name: 'orders_placed_total',
    help: 'Orders placed, by payment method.',
    labelNames: ['method'],
    registers: [registry],
  });

  return {
    place: (id: string, total: number, method: 'card' | 'invoice') =>
      tracer.trace('place order', async (span) => {
        span.setAttribute('order.id', id);
        if (total <= 0) throw new RangeError(`order ${id} has a total of ${total}`);
        placed.inc({ method });
        logger.info('order placed', { id, total });
      }),
  };
}
