import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = (name: string) => JSON.stringify(join(import.meta.dirname, `../../src/common/${name}.ts`));

/** Runs a program that has a queue with a hanging exporter; gives its exit code and what it wrote. */
async function run(program: string): Promise<{ code: number | null; out: string }> {
  const script = `
    import { BatchQueue } from ${source('batch-queue')};
    const queue = new BatchQueue({ name: 'test', export: () => new Promise(() => {}), interval: 60_000 });
    queue.add(1);
    ${program}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

describe('BatchQueue and the life of the process', () => {
  it('keeps no process alive that has an item queued', async () => {
    expect(await run(`console.log('end');`)).toEqual({ code: 0, out: 'end\n' });
  });

  it('keeps it alive while a shutdown is awaited, and no longer than its deadline', async () => {
    const { code, out } = await run(`console.log(JSON.stringify(await queue.shutdown(200)));`);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ complete: false, exported: 0, dropped: 1, pending: 0 });
  });
});
