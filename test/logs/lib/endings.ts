import { spawn } from 'node:child_process';
import { type Dirent, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { expect } from 'vitest';

/** Real processes that log and end; `fixtures/ending.ts` says how. */

export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  warnings: string;
}

export interface RunOptions {
  /** Reads nothing of standard output for so many milliseconds. */
  pause?: number;
  /** Closes the reading end of standard output after the first bytes. */
  closes?: boolean;
  /** A file that takes the place of standard output. */
  stdout?: number;
}

export interface Programs {
  readonly folder: string;
  run(ending: string, mode: string, path: string, options?: RunOptions): Promise<End>;
  remove(): void;
}

/** Bundles the program once: started through a loader it would take ten times as long. */
export function buildEndings(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-endings-'));
  const program = join(folder, 'ending.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL('../fixtures/ending.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return {
    folder,
    run: (ending, mode, path, options = {}) => run([program, ending, mode, path], options),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(args: string[], { pause = 0, closes = false, stdout }: RunOptions): Promise<End> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', stdout ?? 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const warnings: Buffer[] = [];
  if (pause > 0) {
    child.stdout?.pause();
    setTimeout(() => child.stdout?.resume(), pause);
  }
  child.stdout?.on('data', (chunk: Buffer) => {
    output.push(chunk);
    if (closes) child.stdout?.destroy();
  });
  child.stderr?.on('data', (chunk: Buffer) => warnings.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code, signal) =>
      resolve({
        code,
        signal,
        output: Buffer.concat(output).toString('utf8'),
        warnings: Buffer.concat(warnings).toString('utf8'),
      }),
    );
  });
}

/** What the sink wrote: the rotated files, in order, and the file that is open. */
export function readAll(path: string): string {
  const stem = `${basename(path, '.log')}.`;
  const names = readdirSync(dirname(path), { withFileTypes: true })
    .filter((entry: Dirent) => entry.name.startsWith(stem) && entry.name !== basename(path))
    .map((entry) => entry.name)
    .sort();
  return [...names, basename(path)]
    .map((name) => {
      const bytes = readFileSync(join(dirname(path), name));
      return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    })
    .join('');
}

/** Every line whole, and the numbers from 0 to before `count` in order; more may follow where `more` says so. */
export function expectAllLines(text: string, count: number, more = false): void {
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  expect(text.endsWith('\n')).toBe(true);
  if (more) expect(lines.length).toBeGreaterThanOrEqual(count);
  else expect(lines).toHaveLength(count);
  lines.forEach((line, index) => {
    expect((JSON.parse(line) as { i: number }).i).toBe(index);
  });
}
