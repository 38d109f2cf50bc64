import { performance } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';

/** Listens on a free port, tells it to the parent, and ends with the parent. */
export async function serve(app: Pick<FastifyInstance, 'listen'>): Promise<void> {
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  let last = performance.eventLoopUtilization();
  process.on('message', () => {
    const now = performance.eventLoopUtilization();
    process.send!({ utilization: performance.eventLoopUtilization(now, last).utilization });
    last = now;
  });
  process.once('disconnect', () => process.exit(0));
  process.send!({ address });
}
