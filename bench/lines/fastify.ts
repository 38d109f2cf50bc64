import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import autocannon from 'autocannon';
import type { BenchLine, Comparison, SelfTimedContestant } from '../line.js';

/**
 * Fastify's hello world under load: one core for the server and one for the load. "Time" is the time of one
 * request, so a ratio against the bare server is the share of its throughput that is left.
 *
 * Each round starts its server anew, and no other is there meanwhile. Two servers that took turns in one run were
 * slower by up to 5 µs a request, the one with more in it by more, in some runs and not in others: what V8 gives up
 * while a process is idle is not what a server under load would lose.
 */
export const fastifyLines: BenchLine[] = [
  {
    name: 'fastify hello world, three signals: share of bare',
    aim: 0.75,
    rounds: 5,
    setup: async () => underLoad(['telltale', 'fastify-telltale'], ['bare fastify', 'fastify-bare']),
  },
  {
    name: 'fastify hello world, the peer stack: share of bare',
    rounds: 5,
    setup: async () => underLoad([PEERS, 'fastify-peers'], ['bare fastify', 'fastify-bare']),
  },
  {
    name: 'fastify hello world, three signals',
    rounds: 5,
    setup: async () => underLoad(['telltale', 'fastify-telltale'], [PEERS, 'fastify-peers']),
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
const WARM_UP_SECONDS = 3;

type Side = readonly [name: string, program: string];

function underLoad(ours: Side, peer: Side): Comparison {
  return { ours: served(ours), peer: served(peer) };
}

function served([name, program]: Side): SelfTimedContestant {
  return {
    name,
    async measure({ quick }) {
      const child = fork(join(process.env.TELLTALE_BENCH_BUILD!, `${program}.mjs`), {
        execArgv: [],
        env: { ...process.env, NODE_ENV: 'production' },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const ended = once(child, 'exit');
      try {
        const [{ address }] = (await Promise.race([
          once(child, 'message'),
          ended.then(([code]) => Promise.reject(new Error(`${program} ended with exit code ${code}`))),
        ])) as [{ address: string }];
        await load(address, quick ? 0.2 : WARM_UP_SECONDS);
        return 1e9 / (await load(address, quick ? 0.2 : ROUND_SECONDS));
      } finally {
        if (child.connected) child.disconnect();
        await ended;
      }
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
