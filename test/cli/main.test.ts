import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { cli } from './support/run-cli.js';

describe('telltale', () => {
  it('prints its version and its help', async () => {
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
    const help = await cli(['--help']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('Usage: telltale COMMAND');
    expect(help.out).toMatch(/^ {2}query {3}asks/m);
  });

  it('prints the help of a command, however wrong the other arguments are', async () => {
    for (const args of [
      ['query', '--help'],
      ['query', 'x', '-h', '--bogus'],
    ]) {
      const help = await cli(args);
      expect([help.code, help.err]).toEqual([0, '']);
      expect(help.out).toContain('--step DURATION');
      for (const line of help.out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it('does not know what to do without a command, or with one that is none', async () => {
    expect((await cli([])).code).toBe(2);
    expect(await cli(['quer'])).toEqual({
      code: 2,
      out: '',
      err: 'telltale: there is no command "quer"; there are: query, gate\n',
    });
  });

  it('runs as a program: standard input, standard output, exit codes', () => {
    const ok = run(['query', 'sum(x)', '--file', '-'], 'x{a="1"} 1\nx{a="2"} 2\n');
    expect(ok).toEqual({ status: 0, stdout: 'value\n    3\n', stderr: '' });
    const failed = run(['query', 'sum(x', '--file', '-'], 'x 1\n');
    expect([failed.status, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toContain('       ^');
    expect(run(['query'], '').status).toBe(2);
  });
});

function run(args: string[], input: string) {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
