import Fastify, { type FastifyBaseLogger } from 'fastify';
import { pino as realPino } from 'pino';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type PinoLogger, pino, pinoLogger } from '../../../src/compat/pino/index.js';
import { telltaleFastify } from '../../../src/instrument/fastify.js';
import { memorySink } from '../../../src/logs/index.js';
import { createTelemetry } from '../../../src/telemetry/index.js';

type Line = Record<string, unknown>;

/** A server with some routes, three requests, and what was logged. */
async function linesOf(loggerInstance: FastifyBaseLogger, lines: Line[]): Promise<Line[]> {
  const fastify = Fastify({ loggerInstance });
  fastify.get('/cart', async (request) => {
    request.log.info({ cartId: 7 }, 'cart opened');
    return { ok: true };
  });
  fastify.get('/broken', { logLevel: 'error' }, async () => {
    throw new Error('broken');
  });
  fastify.log.warn('starting');
  await fastify.inject({ url: '/cart' });
  await fastify.inject({ url: '/broken' });
  await fastify.inject({ url: '/nowhere' });
  await fastify.close();
  return lines.map((line) =>
    JSON.parse(
      JSON.stringify(line, (key, value: unknown) =>
        ['time', 'responseTime', 'stack', 'remotePort'].includes(key) ? typeof value : value,
      ),
    ),
  );
}

describe('fastify({ loggerInstance })', () => {
  it('logs with ours what it logs with pino', async () => {
    const ours: Line[] = [];
    const theirs: Line[] = [];
    const write = (lines: Line[]) => ({ write: (line: string) => void lines.push(JSON.parse(line)) });
    const options = { level: 'info', redact: ['req.remoteAddress'] } as const;
    const oursLines = await linesOf(pino({ ...options, redact: [...options.redact] }, write(ours)), ours);
    const theirLines = await linesOf(
      realPino({ ...options, redact: [...options.redact] }, write(theirs)),
      theirs,
    );
    expect(oursLines).toEqual(theirLines);
    expect(oursLines.map(({ msg }) => msg)).toEqual([
      'starting',
      'incoming request',
      'cart opened',
      'request completed',
      'broken',
      'incoming request',
      'Route GET:/nowhere not found',
      'request completed',
    ]);
    expect(oursLines[1]).toMatchObject({ reqId: 'req-1', req: { method: 'GET', url: '/cart' } });
  });

  it('logs with the logger of a telemetry, in the trace of the request', async () => {
    const sink = memorySink();
    const telemetry = createTelemetry({
      env: {},
      logs: { sinks: [sink] },
      metrics: false,
      flushAtExit: false,
    });
    const fastify = Fastify({ loggerInstance: pinoLogger(telemetry.logger) });
    await fastify.register(telltaleFastify, { telemetry: { tracer: telemetry.tracer } });
    fastify.get('/', async (request) => {
      request.log.info('in the handler');
      return 'ok';
    });
    await fastify.inject({ url: '/' });
    await fastify.close();
    const line = sink.records.find(({ msg }) => msg === 'in the handler');
    expect(line).toMatchObject({
      level: 'info',
      reqId: 'req-1',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    await telemetry.shutdown();
  });

  it('is a logger for Fastify, by its types', () => {
    expectTypeOf<PinoLogger>().toExtend<FastifyBaseLogger>();
  });
});
