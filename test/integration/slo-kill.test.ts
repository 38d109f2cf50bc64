import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/common/random.js';
import { emptyFolder } from './support/packed.js';

const fixture = fileURLToPath(new URL('slo-kill.fixture.ts', import.meta.url));

it('a process killed at random moments loses nothing that it had saved', { timeout: 180_000 }, async () => {
  const { folder, remove } = await emptyFolder();
  const state = join(folder, 'slo.json');
  const random = seededRandom(Number(process.env.KILL_SEED ?? 4));
  let saved = 0;
  for (let run = 0; run < 8; run++) {
    const child = spawn(process.execPath, ['--import', 'tsx', fixture, state], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    while (!/saved/.test(output)) {
      if (child.exitCode !== null) throw new Error(`the process ended by itself:\n${errors}`);
      await sleep(20);
    }
    await sleep(random.float() * 200);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(errors).not.toContain('could not be restored');
    const restored = /^restored (\d+) (\d+)$/m.exec(output)!;
    // The last saving may have been done without having been told of.
    expect(Number(restored[1])).toBeGreaterThanOrEqual(saved);
    expect(Number(restored[2])).toBe(Number(restored[1]) / 1000);
    saved = Math.max(...Array.from(output.matchAll(/^saved (\d+)$/gm), ([, count]) => Number(count)));
  }
  // What a killed process was writing lies beside the state until the next one of its number writes.
  expect((await readdir(folder)).filter((name) => name === 'slo.json')).toHaveLength(1);
  await remove();
});
