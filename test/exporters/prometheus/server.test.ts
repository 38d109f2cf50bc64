import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type PrometheusServer, prometheusServer } from '../../../src/exporters/prometheus/index.js';
import { Counter, Registry } from '../../../src/metrics/index.js';

const servers: PrometheusServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

function setup(options: object = {}) {
  const registry = new Registry();
  registry.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc(3);
  const server = prometheusServer({ registry, port: 0, ...options });
  servers.push(server);
  return { registry, server };
}

describe('prometheusServer', () => {
  it('listens on loopback and answers at its path only', async () => {
    const { server, registry } = setup();
    const { port } = await server.start();
    expect(await server.start()).toEqual({ port });
    const url = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${url}/metrics`)).text()).toBe(await registry.metrics());
    expect((await fetch(`${url}/metrics?name[]=c_total`)).status).toBe(200);
    const other = await fetch(`${url}/`);
    expect(other.status).toBe(404);
    expect(await other.text()).toBe('metrics are at /metrics\n');
    expect((await fetch(`${url}/metrics`, { method: 'DELETE' })).status).toBe(405);
  });

  it('listens at another path', async () => {
    const { server } = setup({ path: '/internal/prometheus' });
    const { port } = await server.start();
    expect((await fetch(`http://127.0.0.1:${port}/internal/prometheus`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  });

  it('says what to do when the port is taken, and can be started again', async () => {
    const first = setup().server;
    const { port } = await first.start();
    const second = setup({ port }).server;
    await expect(second.start()).rejects.toMatchObject({
      name: 'TelltaleError',
      option: 'port',
      message: `prometheusServer: port ${port} of 127.0.0.1 is taken already; choose another with the option port, or 0 for any that is free`,
    });
    await first.stop();
    expect(await second.start()).toEqual({ port });
  });

  it('says so when the address is not one of this machine', async () => {
    await expect(setup({ host: '192.0.2.1' }).server.start()).rejects.toMatchObject({ option: 'host' });
  });

  it('stops at once though a client holds on, whenever it is told to', async () => {
    const { server } = setup();
    await server.stop();
    const starting = server.start();
    await server.stop();
    await starting;
    const { port } = await server.start();
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('GET /metrics HTTP/1.1\r\n');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    await Promise.all([server.stop(), server.stop()]);
    await closed;
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('refuses wrong options', () => {
    const make = (options: object) => () => setup(options);
    expect(make({ registry: {} })).toThrow(/prometheusServer: registry/);
    expect(make({ port: 70_000 })).toThrow(/port is 70000.*0 to 65535/);
    expect(make({ path: 'metrics' })).toThrow(/path is "metrics".*begins with \//);
    expect(make({ host: '' })).toThrow(/host/);
    expect(make({ unref: 1 })).toThrow(/unref is 1/);
    expect(make({ prot: 1 })).toThrow(/"prot"; accepted: .*port/);
  });
});
