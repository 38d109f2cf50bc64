import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildBench } from './build.js';

export interface SoakResult {
  made: number;
  received: number;
  dropped: number;
  /** Spans a second that were made, after the warm-up. */
  rate: number;
  /** Milliseconds. */
  eventLoopP99: number;
  eventLoopMax: number;
  /** Megabytes added to the resident memory after the warm-up, at most. */
  rssGrowth: number;
  /** Of one processor: 1 is all of it. */
  cpuShare: number;
}

/** Runs the soak in processes of its own, built as the library ships. */
export async function soak(options: { rate: number; seconds: number; warmUp: number }): Promise<SoakResult> {
  const { runner, remove } = await buildBench();
  try {
    const { rate, seconds, warmUp } = options;
    const program = join(dirname(runner), 'soak.mjs');
    const args = [program, String(rate), String(seconds), String(warmUp)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout.trim().split('\n').at(-1)!);
  } finally {
    remove();
  }
}
