import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SpoolStats } from '../../src/common/spool/index.js';

let directory: string;
let server: Server;
let up: boolean;
/** How often each batch arrived, and in which order they first did. */
let arrived: Map<number, number>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'telltale-kill-'));
  arrived = new Map();
  up = false;
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (!up) {
      response.writeHead(503).end();
      return;
    }
    const { id } = JSON.parse(Buffer.concat(chunks).toString());
    arrived.set(id, (arrived.get(id) ?? 0) + 1);
    // Now and then there is time to be killed between arrival and answer.
    setTimeout(() => response.end(), id % 7 === 0 ? 5 : 0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Run {
  child: ChildProcess;
  /** What it said of each batch. */
  spooled: number[];
  sent: number[];
  last: number;
  stats: SpoolStats | undefined;
  ended: Promise<unknown>;
}

function start(first: number): Run {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const fixture = fileURLToPath(new URL('./spool-kill.fixture.ts', import.meta.url));
  const child = fork(fixture, [url, directory, String(first)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const run: Run = {
    child,
    spooled: [],
    sent: [],
    last: first,
    stats: undefined,
    ended: once(child, 'close'),
  };
  let rest = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const told = JSON.parse(line);
      if (told.stats) run.stats = told.stats;
      if (told.spooled) run.spooled.push(told.spooled);
      if (told.sent) run.sent.push(told.sent);
      run.last = Math.max(run.last, told.spooled ?? told.sent ?? told.refused ?? 0);
    }
  });
  return run;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

describe('a disk spool', () => {
  it('loses nothing that it reported as kept, though its process is killed again and again', async () => {
    const runs: Run[] = [];
    let first = 1;
    // Killed in the middle of an outage, at three different moments.
    for (const kept of [1, 40, 300]) {
      const run = start(first);
      runs.push(run);
      await until(() => run.spooled.length >= kept);
      run.child.kill('SIGKILL');
      await run.ended;
      first = run.last + 10;
    }
    // Killed while it sends what the others left.
    for (const more of [20, 100]) {
      const run = start(first);
      runs.push(run);
      await until(() => run.spooled.length >= 1);
      const before = arrived.size;
      up = true;
      await until(() => arrived.size >= before + more);
      run.child.kill('SIGKILL');
      await run.ended;
      up = false;
      first = run.last + 10;
    }
    up = true;
    const last = start(first);
    runs.push(last);
    await until(() => last.sent.length > 0 || (last.stats?.sent ?? 0) > 0);
    last.child.send('stop');
    await last.ended;

    const reported = runs.flatMap(({ spooled, sent }) => [...spooled, ...sent]);
    expect(reported.length).toBeGreaterThan(340);
    expect(reported.filter((id) => !arrived.has(id))).toEqual([]);
    // What arrived twice was under way when a process was killed, one request each time, and is counted by whoever
    // sent it again: by the survivor, at least, to the last.
    const twice = [...arrived.values()].reduce((sum, times) => sum + times - 1, 0);
    expect(twice).toBeLessThanOrEqual(2);
    const repeated = runs.reduce((sum, { stats }) => sum + (stats?.repeated ?? 0), 0);
    expect(repeated).toBeGreaterThanOrEqual(twice - 1);
    for (const { stats } of runs) {
      if (stats)
        expect({ ...stats.dropped, corrupt: 0 }).toEqual({ refused: 0, expired: 0, full: 0, corrupt: 0 });
    }
    expect(last.stats).toMatchObject({ bytes: 0 });
  });
});
