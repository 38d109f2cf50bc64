import { parseArgs } from 'node:util';

export interface BenchOptions {
  help: boolean;
  list: boolean;
  quick: boolean;
  cpu: boolean;
  json?: string;
  /** Whether a line of this name is asked for. */
  wanted(name: string): boolean;
}

export const USAGE = `Usage: npm run bench -- [options]

  --only PATTERN   only lines whose name contains PATTERN, or matches it as a regular expression
  --json FILE      also write [{ name, ours, peer, ns, peerNs, ratio }] to FILE
  --list           print the names of the lines and stop
  --quick          very short rounds: shows that everything runs, its figures mean nothing
  --cpu            count the processor's time instead of the clock's: rough figures on a busy machine, none to quote
  --help           print this and stop

ratio is the peer's time divided by ours, round by round: 4× means that ours takes a quarter of the time.
`;

/** Reads the command line. Throws an `Error` with a clear message for what it does not know. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      cpu: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { only, json, list, quick, cpu, help } = values;
  return {
    help,
    list,
    quick,
    cpu,
    ...(json === undefined ? {} : { json }),
    wanted: only === undefined ? () => true : matcher(only),
  };
}

function matcher(pattern: string): (name: string) => boolean {
  const lower = pattern.toLowerCase();
  let expression: RegExp | undefined;
  try {
    expression = new RegExp(pattern, 'i');
  } catch {
    // Not an expression, then it is plain text.
  }
  return (name) => name.toLowerCase().includes(lower) || expression?.test(name) === true;
}
