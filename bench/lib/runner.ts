/**
 * What runs in the child process: `runner --list FILE…` tells the names of the lines in the files,
 * `runner FILE NAME [--quick]` measures one line. Answers go to the parent over the IPC channel.
 */
import { pathToFileURL } from 'node:url';
import type { BenchLine } from '../line.js';
import { measureLine } from './rounds.js';

const [first, ...rest] = process.argv.slice(2);
if (first === '--list') {
  const lists = [];
  for (const file of rest) {
    lists.push((await linesOf(file)).map(({ name, aim }) => ({ file, name, aim })));
  }
  answer(lists.flat());
} else {
  const line = (await linesOf(first!)).find(({ name }) => name === rest[0]);
  if (line === undefined) throw new Error(`no line ${JSON.stringify(rest[0])} in ${first}`);
  answer(await measureLine(line, rest.includes('--quick')));
}

/** Every exported array of lines counts, whatever its name. */
async function linesOf(file: string): Promise<BenchLine[]> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  return Object.values(module).flatMap((value) => (Array.isArray(value) ? value.filter(isLine) : []));
}

function isLine(value: unknown): value is BenchLine {
  return typeof value === 'object' && value !== null && 'name' in value && 'setup' in value;
}

/** Sends and ends: a timer that a peer left running must not keep the benchmark waiting. */
function answer(message: unknown): void {
  process.send!(message, () => process.exit(0));
}
