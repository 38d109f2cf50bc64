import { createSocket, type Socket } from 'node:dgram';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createResource } from '../../../src/common/resource.js';
import { type StatsdOptions, statsdExporter } from '../../../src/exporters/statsd/index.js';
import { statsdLines } from '../../../src/exporters/statsd/lines.js';
import {
  Counter,
  Gauge,
  Histogram,
  NativeHistogram,
  periodicExporter,
  UpDownCounter,
} from '../../../src/metrics/index.js';
import { testRegistry } from '../../metrics/setup.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function setup(options: StatsdOptions = {}) {
  const socket: Socket = createSocket('udp4');
  const datagrams: string[] = [];
  socket.on('message', (message) => datagrams.push(message.toString()));
  const ender: Socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const made = testRegistry();
  const { registry, clock, diagnostics } = made;
  const exporter = statsdExporter({ port: socket.address().port, diagnostics, ...options });
  const resource = createResource({ service: { name: 'shop' }, env: {} });
  const periodic = periodicExporter({ registry, resource, exporter, clock, diagnostics });
  ends.push(
    () => periodic.shutdown(),
    () => socket.close(),
    () => ender.close(),
  );
  const flush = async () => {
    datagrams.length = 0;
    await periodic.flush();
    // Datagrams of one machine arrive in order: what was sent before this one is here when it is.
    const arrived = new Promise<void>((resolve) => {
      socket.on('message', (message) => message.toString() === 'end' && resolve());
    });
    ender.send('end', socket.address().port, '127.0.0.1');
    await arrived;
    datagrams.splice(datagrams.indexOf('end'), 1);
    return datagrams.flatMap((datagram) => datagram.split('\n')).sort();
  };
  return { ...made, datagrams, flush, periodic };
}

describe('statsdExporter', () => {
  it('sends what counters gathered, and what gauges stand at, with tags', async () => {
    const { registry, flush } = await setup({ prefix: 'shop.' });
    const counter = registry.getOrCreate(Counter, {
      name: 'orders_total',
      help: 'o',
      labelNames: ['by', 'id'],
    });
    counter.inc({ by: 'card', id: 'a|b,c#d\ne:f' }, 3);
    registry.getOrCreate(Gauge, { name: 'stock', help: 's' }).set(-2.5);
    registry.getOrCreate(UpDownCounter, { name: 'open', help: 'o' }).inc(4);
    registry.getOrCreate(Gauge, { name: 'nothing', help: 'n' }).set(Number.NaN);
    expect(await flush()).toEqual([
      'shop.open:4|g|#service:shop',
      'shop.orders_total:3|c|#service:shop,by:card,id:a_b_c_d_e:f',
      'shop.stock:-2.5|g|#service:shop',
    ]);
    counter.inc({ by: 'card', id: 'a|b,c#d\ne:f' }, 2);
    expect((await flush()).filter((line) => line.includes('|c'))).toEqual([
      'shop.orders_total:2|c|#service:shop,by:card,id:a_b_c_d_e:f',
    ]);
  });

  it('sends histograms as counters of their buckets', async () => {
    const { registry, flush } = await setup({ tags: {} });
    const histogram = registry.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [0.5, 2] });
    const native = registry.getOrCreate(NativeHistogram, { name: 'n', help: 'n' });
    for (const value of [0.1, 0.2, 9]) {
      histogram.observe(value);
      native.observe(value);
    }
    expect(await flush()).toEqual([
      'h.bucket:1|c|#upper_bound:inf',
      'h.bucket:2|c|#upper_bound:0.5',
      'h.count:3|c',
      'h.sum:9.3|c',
      'n.count:3|c',
      'n.sum:9.3|c',
    ]);
    histogram.observe(1);
    expect(await flush()).toEqual(['h.bucket:1|c|#upper_bound:2', 'h.count:1|c', 'h.sum:1|c']);
  });

  it('puts labels into the names where there are no tags, and sets a gauge to zero before a negative value', async () => {
    const { registry, flush } = await setup({ dialect: 'statsd', tags: { env: 'prod' } });
    registry
      .getOrCreate(Gauge, { name: 'level', help: 'l', labelNames: ['tank', 'x'] })
      .set({ tank: 'a.b c' }, -5);
    expect(await flush()).toEqual(['level.env.prod.tank.a_b_c:-5|g', 'level.env.prod.tank.a_b_c:0|g']);
  });

  it('fills datagrams and no more', async () => {
    const { registry, flush, datagrams, diagnostics } = await setup({ maxDatagramBytes: 200 });
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['id'] });
    for (let id = 0; id < 100; id++) counter.inc({ id: `ä${id}` });
    counter.inc({ id: 'y'.repeat(199) });
    expect(await flush()).toHaveLength(100);
    expect(Math.max(...datagrams.map((datagram) => Buffer.byteLength(datagram)))).toBeLessThanOrEqual(200);
    expect(datagrams.length).toBeLessThan(25);
    expect(
      [...diagnostics.counters()].find(({ name }) => name === 'telltale_statsd_lost_total'),
    ).toMatchObject({
      labels: { reason: 'too_long' },
      value: 1,
    });
  });

  it('settles where nobody listens', async () => {
    const { registry, clock, diagnostics } = testRegistry();
    registry.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc();
    const exporter = statsdExporter({ port: 9, diagnostics });
    const resource = createResource({ env: {} });
    const periodic = periodicExporter({ registry, resource, exporter, clock, diagnostics });
    await periodic.flush();
    await periodic.flush();
    await periodic.shutdown();
  });

  it('says why where there is no way to the host', async () => {
    // A socket that was not asked to may not send to all.
    const { registry, troubles, flush } = await setup({ host: '255.255.255.255' });
    registry.getOrCreate(Counter, { name: 'orders_total', help: 'o' }).inc();
    await flush();
    expect(troubles.map(({ code }) => code)).toEqual(['export_failed']);
    expect(String(troubles[0]!.error)).toMatch(/255\.255\.255\.255.*EACCES/);
  });

  it('writes lines that a server can read, whatever labels and values', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.double(),
        (key, tag, value) => {
          for (const dialect of ['statsd', 'dogstatsd'] as const) {
            const time: [number, number] = [0, 0];
            const lines = statsdLines(
              {
                descriptor: { name: 'a b:c', description: '', unit: '', valueType: 1 },
                aggregationTemporality: 1,
                dataPointType: 2,
                dataPoints: [{ startTime: time, endTime: time, attributes: { [key]: tag }, value }],
              },
              { dialect, prefix: 'p.', tags: {} },
            );
            for (const line of lines) {
              expect(line).toMatch(
                dialect === 'statsd'
                  ? /^p\.a_b_c[\w.-]*:-?\d+(\.\d+)?\|g$/
                  : /^p\.a_b_c:-?\d+(\.\d+)?\|g(\|#[\w-]*:[^|,#\n]*)?$/u,
              );
            }
            expect(lines.length).toBe(
              Number.isFinite(value) ? (value < 0 && dialect === 'statsd' ? 2 : 1) : 0,
            );
          }
        },
      ),
    );
  });

  it('refuses wrong options', () => {
    const make = (options: object) => () => statsdExporter(options);
    expect(make({ port: 0 })).toThrow(/statsdExporter: port is 0/);
    expect(make({ dialect: 'collectd' })).toThrow(/dialect is "collectd"/);
    expect(make({ prefix: 'a b' })).toThrow(/prefix is "a b"/);
    expect(make({ tags: 5 })).toThrow(/tags is 5/);
    expect(make({ hots: 'x' })).toThrow(/unknown option "hots"/);
  });
});
