import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileSink, Logger, memorySink, recordSink, type SinkHost } from '../../../src/logs/index.js';
import { LEVELS } from '../../../src/logs/level.js';

const folder = mkdtempSync(join(tmpdir(), 'telltale-levels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the level of a sink', () => {
  it('keeps lines below it away, whatever kind of sink it is', async () => {
    const lines: string[] = [];
    const records: unknown[] = [];
    const all = memorySink();
    const path = join(folder, 'errors.log');
    const logger = new Logger({
      level: 'debug',
      sinks: [
        Object.assign(fileSink({ path }), { level: 'error' as const }),
        all,
        { level: 'warn', write: (line) => lines.push(line) },
        recordSink(({ body }) => records.push(body), { level: 'fatal' }),
        { level: 'silent', write: () => expect.unreachable() },
      ],
    });
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level](level);
    await logger.shutdown();
    expect(all.records.map(({ msg }) => msg)).toEqual(['debug', 'info', 'warn', 'error', 'fatal']);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['warn', 'error', 'fatal']);
    expect(records).toEqual(['fatal']);
    const written = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(written.map((line) => JSON.parse(line).msg)).toEqual(['error', 'fatal']);
  });

  it('is checked when the logger is made', () => {
    // @ts-expect-error no such level
    expect(() => new Logger({ sinks: [{ level: 'loud', write() {} }] })).toThrow('level is "loud"; accepted');
  });

  it('does not let lines meet that are logged by a getter at another level', async () => {
    const errors = join(folder, 'nested-errors.log');
    const all = join(folder, 'nested-all.log');
    const logger = new Logger({
      sinks: [
        Object.assign(fileSink({ path: errors }), { level: 'error' as const }),
        fileSink({ path: all }),
      ],
    });
    const fields = {
      a: 1,
      get inner() {
        logger.error('inner');
        return 'read';
      },
    };
    logger.info('outer', fields);
    logger.error('outer', fields);
    await logger.shutdown();
    const messages = (path: string) =>
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).msg);
    expect(messages(all).sort()).toEqual(['inner', 'inner', 'outer', 'outer']);
    expect(messages(errors).sort()).toEqual(['inner', 'inner', 'outer']);
  });
});

describe('what a sink is told of its logger', () => {
  it('includes how to make a line', () => {
    let host: SinkHost | undefined;
    new Logger({ sinks: [{ write() {}, attach: (given) => (host = given) }] });
    expect(JSON.parse(host!.line!(LEVELS.warn, 'hello', { count: 2 }))).toEqual({
      time: expect.any(String),
      level: 'warn',
      msg: 'hello',
      count: 2,
    });
  });
});
