import { expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { exporterSink, Logger, splitPoisoned } from '../../../src/logs/index.js';
import type { LogRecordExporter } from '../../../src/logs/readable-log-record.js';

/** Refuses a batch with a poisoned record as OpenTelemetry's OTLP exporters do: with the status as `code`. */
function picky(): LogRecordExporter & { taken: unknown[] } {
  const taken: unknown[] = [];
  return {
    taken,
    export(records, done) {
      const bad = records.some(({ body }) => body === 'poison');
      if (!bad) taken.push(...records.map(({ body }) => body));
      done(bad ? { code: 1, error: Object.assign(new Error('bad request'), { code: 400 }) } : { code: 0 });
    },
    shutdown: async () => {},
  };
}

it('gives the rest of a batch to an exporter that one record puts off', async () => {
  const exporter = picky();
  const refused: unknown[] = [];
  const diagnostics = new Diagnostics({ handler: () => {} });
  const logger = new Logger({
    sinks: [
      exporterSink({
        exporter: splitPoisoned(exporter, { onRefused: ({ body }) => refused.push(body) }),
        diagnostics,
      }),
    ],
  });
  const messages = Array.from({ length: 50 }, (_, i) => (i === 31 ? 'poison' : `line ${i}`));
  for (const message of messages) logger.info(message);
  await logger.shutdown();
  expect(exporter.taken).toEqual(messages.filter((message) => message !== 'poison'));
  expect(refused).toEqual(['poison']);
  const dropped = [...diagnostics.counters()].find(
    ({ name }) => name === 'telltale_queue_items_dropped_total',
  );
  expect(dropped).toMatchObject({ labels: { queue: 'logs', reason: 'rejected' }, value: 1 });
});

it('says at construction what is wrong', () => {
  expect(() => splitPoisoned({} as never)).toThrow(/splitPoisoned: exporter is/);
  expect(() => splitPoisoned(picky(), { onRefused: 1 as never })).toThrow(/onRefused is 1/);
});
