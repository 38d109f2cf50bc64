/**
 * `npm run bench`: telltale and its peers side by side, one table.
 *
 * Every line is measured in a process of its own: both contestants of the line live in that one process and
 * take turns, while what other lines have done to the JIT (a call site that has seen a peer's objects, a
 * prototype that was touched, a heap full of someone's series) cannot reach it, and `--only` gives the same
 * figures as a full run. The child gets `--expose-gc` and runs built code, see `lib/build.ts`.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBench } from './lib/build.js';
import { type BenchOptions, parseOptions, USAGE } from './lib/options.js';
import type { Outcome } from './lib/rounds.js';
import { jsonLine, renderTable } from './lib/table.js';

interface Listed {
  file: string;
  name: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const built = await buildBench();
  try {
    const all = await inChild<Listed[]>(built.runner, ['--list', ...built.lines]);
    const wanted = all.filter(({ name }) => options.wanted(name));
    if (options.list) {
      process.stdout.write(wanted.map(({ name }) => `${name}\n`).join(''));
      return 0;
    }
    if (wanted.length === 0) {
      process.stderr.write(
        `--only matches none of these lines:\n${all.map(({ name }) => `  ${name}\n`).join('')}`,
      );
      return 2;
    }
    return await measure(built.runner, wanted, options);
  } finally {
    built.remove();
  }
}

async function measure(runner: string, lines: readonly Listed[], options: BenchOptions): Promise<number> {
  const outcomes: Outcome[] = [];
  if (options.cpu) process.env.TELLTALE_BENCH_CPU = '1';
  let failed = 0;
  const [load] = loadavg();
  if (load! > availableParallelism() / 2 && !options.quick) {
    process.stderr.write(`the machine is busy (load ${load!.toFixed(1)}): figures will be rough\n`);
  }
  for (const [index, { file, name }] of lines.entries()) {
    progress(`${index + 1} of ${lines.length}: ${name}`);
    try {
      outcomes.push(await inChild<Outcome>(runner, [file, name, ...(options.quick ? ['--quick'] : [])]));
    } catch (error) {
      failed++;
      process.stderr.write(`${name}: ${(error as Error).message}\n`);
    }
  }
  progress('');
  process.stdout.write(`${renderTable(outcomes, !options.quick)}\n`);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(outcomes.map(jsonLine), null, 2)}\n`);
  }
  // A missed aim is a fact in the table; only a line that could not be measured is an error.
  return failed === 0 ? 0 : 1;
}

/** Runs the runner in a process of its own and hands back what it answers. */
function inChild<T>(runner: string, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(runner, args, {
      cwd: root,
      env: { ...process.env, TELLTALE_BENCH_BUILD: dirname(runner) },
      execArgv: ['--expose-gc', '--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let answer: T | undefined;
    child.on('message', (message) => {
      answer = message as T;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (answer !== undefined) resolve(answer);
      else reject(new Error(`ended without a result (${signal ?? `exit code ${code}`})`));
    });
  });
}

/** One line that is written over, on terminals only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}
