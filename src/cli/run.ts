import { version } from '../../package.json';
import { messageOf } from '../common/diagnostics.js';
import { type Command, EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Terminal, UsageError } from './command.js';
import { gateCommand } from './gate.js';
import { queryCommand } from './query.js';

const COMMANDS: readonly Command[] = [queryCommand, gateCommand];

/** Runs `telltale` with the arguments behind it and gives the exit code; never throws. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const [word, ...rest] = args;
  if (word === '--version' || word === '-v') {
    terminal.out(`${version}\n`);
    return EXIT_OK;
  }
  if (word === '--help' || word === '-h') {
    terminal.out(overview());
    return EXIT_OK;
  }
  if (word === undefined) {
    terminal.err(overview());
    return EXIT_USAGE;
  }
  const command = COMMANDS.find(({ name }) => name === word);
  if (command === undefined) {
    const known = COMMANDS.map(({ name }) => name).join(', ');
    terminal.err(`telltale: there is no command ${JSON.stringify(word)}; there are: ${known}\n`);
    return EXIT_USAGE;
  }
  const end = rest.indexOf('--');
  const options = end === -1 ? rest : rest.slice(0, end);
  if (options.includes('--help') || options.includes('-h')) {
    terminal.out(command.help);
    return EXIT_OK;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    terminal.err(`telltale ${command.name}: ${messageOf(error)}\n`);
    if (!(error instanceof UsageError)) return EXIT_FAILED;
    terminal.err(`Try: telltale ${command.name} --help\n`);
    return EXIT_USAGE;
  }
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const list = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}\n`).join('');
  return `telltale ${version}

Usage: telltale COMMAND [ARGUMENTS]

${list}
telltale COMMAND --help tells more. --version prints the version.
`;
}
