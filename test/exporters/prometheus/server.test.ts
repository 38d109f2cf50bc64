import { request } from 'node:https';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type PrometheusServer, prometheusServer } from '../../../src/exporters/prometheus/index.js';
import { Counter, Registry } from '../../../src/metrics/index.js';
import { testCertificate, testKey } from '../../common/tls-certificate.js';

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

  it('asks for a name and a password', async () => {
    const { server } = setup({ auth: { username: 'prometheus', password: 'sesame: öffne dich' } });
    const { port } = await server.start();
    const status = async (authorization?: string) =>
      (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: authorization ? { authorization } : {} }))
        .status;
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(await status(basic('prometheus:sesame: öffne dich'))).toBe(200);
    expect(await status(basic('prometheus:sesame: öffne dich').replace('Basic', 'basic'))).toBe(200);
    for (const wrong of [
      undefined,
      'Basic',
      'Basic ????',
      basic('prometheus:'),
      basic('prometheus:sesame'),
      basic('Prometheus:sesame: öffne dich'),
      `Bearer ${Buffer.from('prometheus:sesame: öffne dich').toString('base64')}`,
    ]) {
      expect(await status(wrong)).toBe(401);
    }
    const refused = await fetch(`http://127.0.0.1:${port}/`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Basic realm="metrics"');
  });

  it('asks for a token', async () => {
    const { server } = setup({ auth: { token: 's3cret' } });
    const { port } = await server.start();
    const get = (authorization: string) =>
      fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization } });
    expect((await get('Bearer s3cret')).status).toBe(200);
    expect((await get('Bearer s3cre')).status).toBe(401);
    expect((await get('Basic s3cret')).headers.get('www-authenticate')).toBe('Bearer realm="metrics"');
  });

  it('serves https, and asks for a certificate where it is told to', async () => {
    const { server, registry } = setup({ tls: { cert: testCertificate, key: testKey } });
    const { port } = await server.start();
    const get = (at: number, options: object = {}) =>
      new Promise<string>((resolve, reject) => {
        request(
          { host: '127.0.0.1', port: at, path: '/metrics', ca: testCertificate, ...options },
          (answer) => {
            let text = '';
            answer.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
          },
        )
          .on('error', reject)
          .end();
      });
    expect(await get(port)).toBe(await registry.metrics());
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    const mutual = setup({ tls: { cert: testCertificate, key: testKey, ca: testCertificate } }).server;
    const { port: other } = await mutual.start();
    await expect(get(other)).rejects.toThrow();
    expect(await get(other, { cert: testCertificate, key: testKey })).toContain('c_total 3');
  });

  it('says so where its certificate cannot be used', async () => {
    const { server } = setup({ tls: { cert: 'no PEM', key: 'neither' } });
    await expect(server.start()).rejects.toMatchObject({ name: 'TelltaleError', option: 'tls' });
    await expect(server.start()).rejects.toMatchObject({ option: 'tls' });
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
    expect(make({ auth: {} })).toThrow(/auth is .*username .* or a token/);
    expect(make({ auth: { username: 'a' } })).toThrow(/auth is \["username"\]/);
    expect(make({ auth: { username: 'a:b', password: 'secret' } })).toThrow(/without a colon/);
    expect(make({ auth: { username: 'a', password: 'b', token: 't' } })).toThrow(/auth is/);
    expect(make({ auth: { token: '' } })).toThrow(/auth.token/);
    expect(make({ tls: { cert: 'a' } })).toThrow(/tls: key is "undefined".*PEM/);
    expect(make({ tls: { cert: 'a', key: 'b', cret: 1 } })).toThrow(/unknown option "cret"/);
    expect(make({ prot: 1 })).toThrow(/"prot"; accepted: .*port/);
  });
});
