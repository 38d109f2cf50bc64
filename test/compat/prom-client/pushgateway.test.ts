import * as prom from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import * as ours from '../../../src/compat/prom-client/index.js';
import { TestServer } from '../../common/http-server.js';

let server: TestServer | undefined;
afterEach(() => server?.stop());

/** What each of both libraries sends. */
async function sent(client: typeof prom) {
  server = await TestServer.start();
  const registry = new client.Registry();
  new client.Counter({ name: 'done_total', help: 'Done.', labelNames: ['a'], registers: [registry] }).inc(
    { a: 'x' },
    3,
  );
  const options = { headers: { 'x-tenant': 'shop' }, auth: 'me:secret' };
  const gateway = new client.Pushgateway(server.url, options, registry);
  await gateway.push({ jobName: 'backup' });
  await gateway.pushAdd({ jobName: 'back up', groupings: { instance: 'db1', zone: 'ü' } });
  await gateway.delete({ jobName: 'backup' });
  const received = server.received.map(({ method, path, body, headers }) => [
    method,
    path,
    body.toString(),
    headers['x-tenant'],
    headers.authorization,
  ]);
  await server.stop();
  return received;
}

describe('Pushgateway', () => {
  it('sends what prom-client sends', async () => {
    const [mine, theirs] = [await sent(ours as unknown as typeof prom), await sent(prom)];
    expect(mine).toEqual(theirs);
  });

  it('rejects without a job, and where the gateway refuses', async () => {
    server = await TestServer.start();
    const gateway = new ours.Pushgateway(server.url);
    await expect(gateway.push({} as never)).rejects.toThrow(/jobName/);
    await expect(gateway.push(undefined as never)).rejects.toThrow(/jobName/);
    await server.stop();
    await expect(gateway.push({ jobName: 'x' })).rejects.toThrow();
  });
});
