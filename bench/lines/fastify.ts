import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import autocannon from 'autocannon';
import type { BenchLine, SelfTimedContestant } from '../line.js';

/**
 * Fastify's hello world under load. The servers run in processes of their own, one core for the server under
 * load and one for the load; "time" is the time of one request, so a ratio against the bare server is the
 * share of its throughput that is left.
 */
export const fastifyLines: BenchLine[] = [
  {
    name: 'fastify hello world, three signals: share of bare',
    aim: 0.75,
    rounds: 9,
    setup: () => underLoad(['telltale', 'fastify-telltale'], ['bare fastify', 'fastify-bare']),
  },
  {
    name: 'fastify hello world, the peer stack: share of bare',
    rounds: 9,
    setup: () => underLoad([PEERS, 'fastify-peers'], ['bare fastify', 'fastify-bare']),
  },
  {
    name: 'fastify hello world, three signals',
    rounds: 9,
    setup: () => underLoad(['telltale', 'fastify-telltale'], [PEERS, 'fastify-peers']),
  },
];

const PEERS = 'otel http + pino + prom-client';

/**
 * Without pipelining, as clients are. So many connections keep the server busy: the bare one answered 32,000
 * to 42,000 requests/s with 100 of them and was idle for a tenth of the time, with 400 it answered 50,000 and
 * was busy to 95–98 %.
 */
const CONNECTIONS = 400;
const ROUND_SECONDS = 2;
const WARM_UP_SECONDS = 4;

type Side = readonly [name: string, program: string];

async function underLoad(ours: Side, peer: Side) {
  const servers = await Promise.all([start(ours), start(peer)]);
  return {
    ours: servers[0].contestant,
    peer: servers[1].contestant,
    teardown() {
      for (const { child } of servers) child.disconnect();
    },
  };
}

async function start([name, program]: Side): Promise<{
  child: ChildProcess;
  contestant: SelfTimedContestant;
}> {
  const child = fork(join(process.env.TELLTALE_BENCH_BUILD!, `${program}.mjs`), {
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ address }] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`${program} ended with exit code ${code}`)),
    ),
  ])) as [{ address: string }];
  let warm = false;
  return {
    child,
    contestant: {
      name,
      async measure({ quick }) {
        if (!warm) await load(address, quick ? 0.2 : WARM_UP_SECONDS);
        warm = true;
        return 1e9 / (await load(address, quick ? 0.2 : ROUND_SECONDS));
      },
    },
  };
}

/** Requests per second that were answered, and all of them well. */
async function load(address: string, seconds: number): Promise<number> {
  const result = await autocannon({
    url: `${address}/hello/world`,
    connections: CONNECTIONS,
    duration: seconds,
  });
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${result.errors} errors and ${result.non2xx} bad answers under load`);
  }
  return result['2xx'] / result.duration;
}
