import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { embeddedSource, queryApiHandler, TimeSeriesStore } from '../../src/query/index.js';
import { cli, NOW } from './support/run-cli.js';

const EXPOSITION = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{route="/",code="200"} 1027
http_requests_total{route="/orders/:id",code="200"} 312
http_requests_total{route="/",code="500"} 3
# TYPE temperature gauge
temperature 21.53125
`;

/** Asks standard input. */
const ask = (expression: string, ...args: string[]) =>
  cli(['query', expression, '--file', '-', ...args], { input: EXPOSITION });

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(listener: RequestListener) {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('telltale query --file', () => {
  it('prints a vector as a table, names first, values with their points below one another', async () => {
    expect(await ask('{__name__=~".+"}')).toEqual({
      code: 0,
      err: '',
      out: [
        'metric               code  route             value',
        'http_requests_total  200   /            1027',
        'http_requests_total  200   /orders/:id   312',
        'http_requests_total  500   /               3',
        'temperature                               21.53125',
        '',
      ].join('\n'),
    });
  });

  it('keeps the order of topk and sort, and sorts the others by label', async () => {
    const rows = async (expression: string) =>
      (await ask(expression)).out.match(/\S+$/gm)!.filter((word) => word !== 'value');
    expect(await rows('sort_desc(http_requests_total)')).toEqual(['1027', '312', '3']);
    expect(await rows('(topk(2, http_requests_total))')).toEqual(['1027', '312']);
    expect(await rows('sum by (code) (http_requests_total)')).toEqual(['1339', '3']);
  });

  it('prints scalars and strings bare', async () => {
    expect((await ask('1 / 3')).out).toBe('0.3333333333\n');
    expect((await ask('"text"')).out).toBe('text\n');
    expect((await ask('1 / 0')).out).toBe('+Inf\n');
  });

  it('takes an expression that begins with a dash', async () => {
    expect((await ask('-temperature')).out).toBe('value\n-21.53125\n'.replace('value', '    value'));
  });

  it('says so where nothing is found', async () => {
    expect(await ask('nothing')).toEqual({
      code: 0,
      out: 'no series at 2026-11-21 12:00:00 UTC\n',
      err: '',
    });
  });

  it('asks a dump of the past about its own end', async () => {
    const input = '# TYPE up gauge\nup 1 1700000000\nup 0 1700000015\n# EOF\n';
    const asked = await cli(['query', 'up + time()', '--file', '-'], { input });
    expect(asked.out).toContain('1700000015');
  });

  it('draws a range, and names its bounds', async () => {
    const lines = Array.from(
      { length: 60 },
      (_, i) => `load ${i % 30} ${(NOW - 3_600_000) / 1000 + 60 * i}\n`,
    );
    const asked = await cli(['query', 'load', '--file', '-', '--start', '-1h'], {
      input: `# TYPE load gauge\n${lines.join('')}# EOF\n`,
      columns: 60,
    });
    expect(asked.code).toBe(0);
    const [head, , title, ...chart] = asked.out.trimEnd().split('\n');
    expect(head).toBe('2026-11-21 11:00:00 to 2026-11-21 12:00:00 UTC, every 30s');
    expect(title).toBe('load');
    expect(chart[0]).toMatch(/^ *29 ┤/);
    expect(chart.at(-4)).toMatch(/^ *0 ┤/);
    expect(chart.at(-2)).toMatch(/11:00 .* 11:30 /);
    expect(chart.at(-1)).toBe('min 0   mean 14.62   max 29   last 29');
    for (const line of chart) expect(line.length).toBeLessThanOrEqual(62);
  });

  it('draws many series in a line each', async () => {
    const lines: string[] = [];
    for (let i = 0; i < 8; i++) {
      for (let k = 0; k < 20; k++) lines.push(`load{shard="${i}"} ${i * k} ${NOW / 1000 - 1200 + 60 * k}\n`);
    }
    const asked = await cli(['query', 'load', '--file', '-', '--start', '-20m', '--step', '1m'], {
      input: `# TYPE load gauge\n${lines.join('')}# EOF\n`,
      columns: 80,
    });
    const rows = asked.out.trimEnd().split('\n').slice(2);
    expect(rows[0]).toMatch(/^series +min +max +last$/);
    expect(rows).toHaveLength(9);
    expect(rows[8]).toMatch(/^load\{shard="7"\} {2}▁.*█ +0 +133 +133$/);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(80);
  });

  it('prints the answer of the HTTP API with --json, errors too', async () => {
    const asked = await ask('sum(http_requests_total)', '--json');
    expect(JSON.parse(asked.out)).toEqual({
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: {}, value: [NOW / 1000, '1342'] }] },
    });
    const failed = await ask('sum(', '--json');
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out)).toMatchObject({ status: 'error', errorType: 'bad_data' });
  });

  it('tells of lines it cannot read and of files that are none', async () => {
    const input = 'good 1\nbad bad bad bad\n';
    const asked = await cli(['query', 'good', '--file', '-'], { input });
    expect(asked.code).toBe(0);
    expect(asked.err).toContain('-:2: ');
    expect(await cli(['query', 'x', '--file', '/nowhere/at/all'])).toEqual({
      code: 1,
      out: '',
      err: 'error: /nowhere/at/all cannot be read: there is no such file\n',
    });
    expect((await cli(['query', 'x', '--file', '/'])).err).toContain('it is a folder');
    expect((await cli(['query', 'x', '--file', '-'], { input: '' })).err).toContain('holds no samples');
  });

  it('marks the place where an expression is wrong', async () => {
    const failed = await ask('sum(rate(temperature))');
    expect(failed.code).toBe(1);
    expect(failed.err).toBe(
      [
        'error: expected type range vector in call to function "rate", got instant vector',
        '',
        '  sum(rate(temperature))',
        '           ^^^^^^^^^^^',
        '',
      ].join('\n'),
    );
  });

  it('shows the line of a long expression, and its part that fits', async () => {
    const lines = await ask('sum(\n  temperature ]\n)');
    expect(lines.err).toMatch(/^error in line 2: .*\n\n {4}temperature \]\n {16}\^\n$/);
    const long = `${'temperature + '.repeat(40)})`;
    const failed = await cli(['query', long, '--file', '-'], { input: EXPOSITION, columns: 60 });
    const [line, mark] = failed.err.split('\n').slice(2) as [string, string];
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line[mark.indexOf('^')]).toBe(')');
  });

  it('sends no control characters to the terminal', async () => {
    const asked = await cli(['query', 'x', '--file', '-'], {
      input: 'x{a="\u001b[2Jgone"} 1\n',
      columns: 80,
    });
    expect(asked.out).not.toContain('\u001b');
    expect(asked.out).toContain('gone');
  });

  it('is coloured only where it is told to', async () => {
    const args = ['query', 'temperature', '--file', '-'];
    expect((await cli(args, { input: EXPOSITION, colors: true })).out).toContain('\u001b[');
    expect((await cli(args, { input: EXPOSITION })).out).not.toContain('\u001b[');
  });

  it('moves labels into one column where the terminal is narrow', async () => {
    const input = `wide{${'abcdefgh'.split('').map((name) => `${name}="0123456789"`)}} 5\n`;
    const asked = await cli(['query', 'wide', '--file', '-'], { input, columns: 60 });
    expect(asked.out).toMatch(/^value {2}series\n {4}5 {2}wide\{a="0123456789", b=/);
  });
});

describe('telltale query --url', () => {
  it('asks what speaks the HTTP API, with the headers given', async () => {
    const store = new TimeSeriesStore({ retention: Infinity });
    store.append({ __name__: 'up', job: 'api' }, 1, NOW - 1000);
    const handler = queryApiHandler(embeddedSource(store));
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      void handler(request, response);
    });
    const asked = await cli(['query', 'up', '--url', url, '--header', 'Authorization: Bearer t']);
    expect(asked).toEqual({ code: 0, out: 'metric  job  value\nup      api      1\n', err: '' });
    expect(seen).toEqual(['Bearer t']);

    const wrong = await cli(['query', 'up{é="ü" "', '--url', url]);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/^error: .*\n\n {2}up\{é="ü" "\n +\^+\n$/);
  });

  it('counts the columns of a Prometheus in bytes, as it does', async () => {
    const url = await serve((_request, response) => {
      response.statusCode = 400;
      const error = 'invalid parameter "query": 1:11: parse error: unexpected character';
      response.end(JSON.stringify({ status: 'error', errorType: 'bad_data', error }));
    });
    const { err } = await cli(['query', 'x{a="éé"} ?', '--url', url]);
    expect(err).toBe('error: unexpected character\n\n  x{a="éé"} ?\n          ^\n');
  });

  it('says what is wrong with the connection', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end('no page'));
    const lost = await cli(['query', 'up', '--url', url]);
    expect(lost.err).toBe('error: the server answered 404: no page; --url has to lead to a Prometheus\n');
    server!.closeAllConnections();
    server!.close();
    await once(server!, 'close');
    server = undefined;
    expect(await cli(['query', 'up', '--url', url])).toEqual({
      code: 1,
      out: '',
      err: `error: ${url} cannot be reached: nothing listens there\n`,
    });
  });

  it('gives up when the user does', async () => {
    const url = await serve(() => {});
    const abort = new AbortController();
    const asked = cli(['query', 'up', '--url', url], { signal: abort.signal });
    abort.abort();
    expect(await asked).toEqual({ code: 1, out: '', err: 'error: query was canceled\n' });
  });
});

describe('wrong arguments', () => {
  it.each([
    [['query'], 'there is no expression'],
    [['query', ' ', '--file', 'x'], 'there is no expression'],
    [['query', 'up'], 'there is nothing to ask; give --url http://host:9090 or --file metrics.txt'],
    [['query', 'up', '--url', 'http://a', '--file', 'b'], '--url and --file are two places'],
    [['query', 'a', 'b', '--file', 'x'], 'one expression is enough, and "b" comes after it'],
    [['query', 'up', '--url', 'host:9090'], '--url is "host:9090"; accepted: an http: or https: URL'],
    [['query', 'up', '--file', 'x', '--header', 'A: b'], '--header goes with --url'],
    [['query', 'up', '--url', 'http://a', '--header', 'secret'], "not in the form 'Name: value'"],
    [['query', 'up', '--file', 'x', '--time', 'noon'], '--time is "noon"; accepted: now, -15m,'],
    [['query', 'up', '--file', 'x', '--start', '-1h', '--step', '0'], '--step is "0"; accepted:'],
    [['query', 'up', '--file', 'x', '--start', '-1h', '--end', '-2h'], '--start is after --end'],
    [['query', 'up', '--file', 'x', '--start', '-1h', '--time', 'now'], 'give one or the other'],
    [['query', 'up', '--bogus'], "Unknown option '--bogus'"],
    [['query', 'up', '--json=yes'], "Option '--json' does not take an argument"],
    [['query', 'up', '--url'], "Option '--url <value>' argument missing"],
  ])('%j', async (args, reason) => {
    const { code, out, err } = await cli(args);
    expect(err).toContain(reason);
    expect(err).toContain('Try: telltale query --help');
    expect([code, out]).toEqual([2, '']);
  });

  it('do not repeat what may be a secret', async () => {
    const { err } = await cli(['query', 'up', '--url', 'http://a', '--header', 'hunter2']);
    expect(err).not.toContain('hunter2');
  });
});
