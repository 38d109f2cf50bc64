import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import type { BenchLine, SelfTimedContestant } from '../line.js';

const execute = promisify(execFile);

/** What it costs a program to import telltale, beside the cost of the API that it stands on anyway. */
export const loadLines: BenchLine[] = [
  loadLine('import telltale (ESM)', 'index.js', importing),
  loadLine('require telltale (CJS)', 'index.cjs', requiring),
];

function loadLine(name: string, file: string, load: (target: string) => string[]): BenchLine {
  return {
    name,
    // At most one and a half times as long as the API alone.
    aim: 0.67,
    rounds: 25,
    async setup() {
      const outDir = join(process.env.TELLTALE_BENCH_BUILD!, 'dist');
      await build({ outDir, dts: false, silent: true });
      return {
        ours: freshProcess('telltale', load(join(outDir, file))),
        peer: freshProcess('@opentelemetry/api alone', load('@opentelemetry/api')),
      };
    },
  };
}

/** The clock runs inside the child and around the import only: the start of Node itself does not count. */
function freshProcess(name: string, args: string[]): SelfTimedContestant {
  return {
    name,
    async measure() {
      const { stdout } = await execute(process.execPath, args);
      const ms = Number(stdout);
      if (!(ms > 0)) throw new Error(`no time came back: ${JSON.stringify(stdout)}`);
      return ms * 1e6;
    },
  };
}

function importing(target: string): string[] {
  const specifier = target.startsWith('@') ? target : pathToFileURL(target).href;
  return ['--input-type=module', '--eval', timing(`await import(${JSON.stringify(specifier)})`)];
}

function requiring(target: string): string[] {
  return ['--input-type=commonjs', '--eval', timing(`require(${JSON.stringify(target)})`)];
}

function timing(statement: string): string {
  return `const start = performance.now(); ${statement}; process.stdout.write(String(performance.now() - start));`;
}
