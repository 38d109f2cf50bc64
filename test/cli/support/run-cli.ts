import { runCli } from '../../../src/cli/run.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliSurroundings {
  /** Default: no terminal. */
  readonly columns?: number;
  readonly colors?: boolean;
  readonly input?: string;
  /** Milliseconds; default 2026-11-21 12:00 UTC. */
  readonly now?: number;
  readonly signal?: AbortSignal;
}

export const NOW = Date.UTC(2026, 10, 21, 12);

/** Runs the command line in this process, with a clock that stands still. */
export async function cli(args: readonly string[], around: CliSurroundings = {}): Promise<CliRun> {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    readInput: async () => around.input ?? '',
    columns: around.columns,
    colors: around.colors ?? false,
    clock: new FakeClock({ now: around.now ?? NOW }),
    signal: around.signal ?? new AbortController().signal,
  });
  return { code, out, err };
}
