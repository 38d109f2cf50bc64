import { systemClock } from '../common/clock.js';
import type { Terminal } from './command.js';

/** The terminal, or the pipes, that this process was started with. */
export function hostTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const abort = new AbortController();
  // The first Ctrl-C calls the query off; the second one, no longer listened for, ends the process.
  process.once('SIGINT', () => abort.abort());
  // `telltale … | head` closes the pipe: nothing is left to say then, and nobody to say it to.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    async readInput() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stdin) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks).toString('utf8');
    },
    columns: stdout.isTTY ? Math.max(40, stdout.columns || 80) : undefined,
    // https://no-color.org
    colors: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    clock: systemClock,
    signal: abort.signal,
  };
}
