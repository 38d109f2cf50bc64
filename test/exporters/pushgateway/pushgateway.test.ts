import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { groupingPath } from '../../../src/exporters/pushgateway/grouping-path.js';
import { pushgateway } from '../../../src/exporters/pushgateway/index.js';
import { Counter } from '../../../src/metrics/index.js';
import { TestServer } from '../../common/http-server.js';
import { testRegistry } from '../../metrics/setup.js';
import { decodeFamilies } from '../prometheus/client-schema.js';

let server: TestServer | undefined;
afterEach(() => server?.stop());

async function setup(options: object = {}) {
  server = await TestServer.start();
  const { registry } = testRegistry();
  registry.getOrCreate(Counter, { name: 'done_total', help: 'Done.' }).inc(3);
  return {
    server,
    registry,
    gateway: pushgateway({ url: server.url, registry, jobName: 'backup', ...options }),
  };
}

describe('pushgateway', () => {
  it('pushes, adds and deletes', async () => {
    const { server, registry, gateway } = await setup({ groupings: { instance: 'db 1' } });
    await gateway.push();
    await gateway.pushAdd({ jobName: 'other', groupings: {} });
    await gateway.delete();
    expect(server.received.map(({ method, path, body }) => [method, path, body.toString()])).toEqual([
      ['PUT', '/metrics/job/backup/instance/db%201', await registry.metrics()],
      ['POST', '/metrics/job/other', await registry.metrics()],
      ['DELETE', '/metrics/job/backup/instance/db%201', ''],
    ]);
    expect(server.received[0]!.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('pushes protobuf', async () => {
    const { server, gateway } = await setup({ format: 'protobuf' });
    await gateway.push();
    expect(decodeFamilies(server.received[0]!.body)).toMatchObject([{ name: 'done_total' }]);
  });

  it('rejects with what the gateway said, or that it cannot be reached', async () => {
    const { server, gateway, registry } = await setup();
    server.answer = (response) => {
      response.statusCode = 400;
      response.end('pushed metrics are invalid');
    };
    await expect(gateway.push()).rejects.toThrow(/answered 400: pushed metrics are invalid/);
    const gone = pushgateway({ url: 'http://127.0.0.1:1', registry, jobName: 'a' });
    await expect(gone.push()).rejects.toMatchObject({ name: 'RetryableExportError' });
    const nameless = pushgateway({ url: server.url, registry });
    await expect(nameless.push()).rejects.toThrow(/pushgateway: jobName/);
  });

  it('writes a grouping key that is read back, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const url = new URL(`http://x/metrics${groupingPath('o', 'j', { a: value })}`);
        const parts = url.pathname.split('/').slice(2);
        expect(parts.splice(0, 2)).toEqual(['job', 'j']);
        expect(parts).toHaveLength(2);
        const wellFormed = Buffer.from(value).toString();
        if (parts[0] === 'a') expect(decodeURIComponent(parts[1]!)).toBe(wellFormed);
        else {
          expect(parts[0]).toBe('a@base64');
          expect(Buffer.from(parts[1]!, 'base64url').toString()).toBe(wellFormed);
        }
      }),
    );
    expect(groupingPath('o', 'a/b', { c: '', d: '..' })).toBe('/job@base64/YS9i/c@base64/=/d@base64/Li4');
  });

  it('refuses wrong options', () => {
    const { registry } = testRegistry();
    const make = (options: object) => () => pushgateway({ url: 'http://x', registry, ...options });
    expect(make({ url: 'x' })).toThrow(/pushgateway: url is "x"/);
    expect(make({ registry: {} })).toThrow(/registry/);
    expect(make({ groupings: { 'a-b': 'c' } })).toThrow(/groupings\["a-b"\]/);
    expect(make({ groupings: { job: 'c' } })).toThrow(/not job/);
    expect(make({ format: 'json' })).toThrow(/format is "json"/);
    expect(make({ headers: { 'a b': 'c' } })).toThrow(/headers/);
    expect(make({ job: 'x' })).toThrow(/unknown option "job"/);
  });
});
