import { spawn } from 'node:child_process';
import { createServer, request as send } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../instrument/stand-in.ts';
import { startW3CService } from './w3c-service.ts';

/**
 * The cases of W3C's trace-context test harness, asked the way it asks: over real HTTP, with headers written as
 * they stand, of a service that is told to call back. The harness itself is in Python and not installed here;
 * `npm run conformance:w3c-server` starts the same service for it.
 */

const TRACE = '12345678901234567890123456789012';
const PARENT = '1234567890123456';

interface Heard {
  traceparent: string;
  traceId: string;
  parentId: string;
  tracestate: Map<string, string>;
  /** The header as it was sent, several of them joined. */
  state: string | undefined;
}

let harness: Awaited<ReturnType<typeof listen>>;
let service: Awaited<ReturnType<typeof startW3CService>>;
let heard: Heard[] = [];

beforeAll(async () => {
  harness = await listen(
    createServer((request, response) => {
      const { traceparent, tracestate } = request.headers;
      const [, traceId = '', parentId = ''] =
        /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(String(traceparent)) ?? [];
      const state = tracestate === undefined ? undefined : String(tracestate);
      const members = (state ?? '').split(',').filter((member) => member.trim() !== '');
      heard.push({
        traceparent: String(traceparent),
        traceId,
        parentId,
        state,
        tracestate: new Map(
          members.map((member) => {
            const equals = member.indexOf('=');
            return [member.slice(0, equals).trim(), member.slice(equals + 1)];
          }),
        ),
      });
      request.resume().on('end', () => response.end('{}'));
    }),
  );
  service = await startW3CService(0);
});
afterAll(async () => {
  await service.close();
  await harness.close();
});

/** Headers in the order and case given, the same name twice where it stands twice. */
type Headers = readonly (readonly [name: string, value: string])[];

async function ask(headers: Headers, count = 1): Promise<Heard[]> {
  heard = [];
  const body = JSON.stringify(
    Array.from({ length: count }, (_, index) => ({ url: `${harness.url}/${index}`, arguments: [] })),
  );
  const { port } = new URL(service.url);
  const status = await new Promise<number>((resolve, reject) => {
    const raw = [
      ...headers,
      ['host', 'test'],
      ['content-length', String(Buffer.byteLength(body))],
    ].flat() as string[];
    // A flat list is written as it stands, so no client instrumentation of this process touches it.
    const request = send(
      { port, host: '127.0.0.1', method: 'POST', path: '/test', headers: raw as never },
      (r) => r.on('end', () => resolve(r.statusCode!)).resume(),
    );
    request.on('error', reject);
    request.end(body);
  });
  expect(status).toBe(200);
  expect(heard).toHaveLength(count);
  for (const { traceparent, traceId, parentId } of heard) {
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
    expect(traceId).not.toBe('0'.repeat(32));
    expect(parentId).not.toBe('0'.repeat(16));
  }
  return heard;
}

const one = async (headers: Headers): Promise<Heard> => (await ask(headers))[0]!;
const valid = (...states: string[]): Headers => [
  ['traceparent', `00-${TRACE}-${PARENT}-00`],
  ...states.map((state) => ['tracestate', state] as const),
];

describe('traceparent', () => {
  it('is made where there is none', async () => {
    expect((await one([])).traceId).toHaveLength(32);
  });

  it.each<[string, Headers]>([
    ['plain', [['traceparent', `00-${TRACE}-${PARENT}-01`]]],
    ['in any case: TraceParent', [['TraceParent', `00-${TRACE}-${PARENT}-01`]]],
    ['in any case: TrAcEpArEnT', [['TrAcEpArEnT', `00-${TRACE}-${PARENT}-01`]]],
    ['in any case: TRACEPARENT', [['TRACEPARENT', `00-${TRACE}-${PARENT}-01`]]],
    ['of a future version', [['traceparent', `cc-${TRACE}-${PARENT}-01`]]],
    [
      'of a future version, longer',
      [['traceparent', `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`]],
    ],
    ['after a space', [['traceparent', ` 00-${TRACE}-${PARENT}-01`]]],
    ['after a tab', [['traceparent', `\t00-${TRACE}-${PARENT}-01`]]],
    ['before a space', [['traceparent', `00-${TRACE}-${PARENT}-01 `]]],
    ['before a tab', [['traceparent', `00-${TRACE}-${PARENT}-01\t`]]],
    ['among white space', [['traceparent', `\t 00-${TRACE}-${PARENT}-01 \t`]]],
  ])('is continued: %s', async (_name, headers) => {
    const { traceId, parentId } = await one(headers);
    expect(traceId).toBe(TRACE);
    expect(parentId).not.toBe(PARENT);
  });

  it.each<[string, Headers]>([
    [
      'twice',
      [
        ['traceparent', `00-${TRACE}-${PARENT}-01`],
        ['traceparent', `00-${TRACE.replace(/2$/, '1')}-${PARENT}-01`],
      ],
    ],
    ['another name', [['trace-parent', `00-${TRACE}-${PARENT}-01`]]],
    ['another name still', [['trace.parent', `00-${TRACE}-${PARENT}-01`]]],
    ['version 00 and a dot', [['traceparent', `00-${TRACE}-${PARENT}-01.`]]],
    ['version 00 and more', [['traceparent', `00-${TRACE}-${PARENT}-01-what-the-future-will-be-like`]]],
    [
      'a future version and a dot',
      [['traceparent', `cc-${TRACE}-${PARENT}-01.what-the-future-will-be-like`]],
    ],
    ['version ff', [['traceparent', `ff-${TRACE}-${PARENT}-01`]]],
    ['version .0', [['traceparent', `.0-${TRACE}-${PARENT}-01`]]],
    ['version 0.', [['traceparent', `0.-${TRACE}-${PARENT}-01`]]],
    ['version 000', [['traceparent', `000-${TRACE}-${PARENT}-01`]]],
    ['version 0000', [['traceparent', `0000-${TRACE}-${PARENT}-01`]]],
    ['version 0', [['traceparent', `0-${TRACE}-${PARENT}-01`]]],
    ['a trace id of zeros', [['traceparent', `00-${'0'.repeat(32)}-${PARENT}-01`]]],
    ['a trace id with a dot', [['traceparent', `00-.${TRACE.slice(1)}-${PARENT}-01`]]],
    ['a trace id that ends in a dot', [['traceparent', `00-${TRACE.slice(0, -1)}.-${PARENT}-01`]]],
    ['a trace id too long', [['traceparent', `00-${TRACE}3-${PARENT}-01`]]],
    ['a trace id too short', [['traceparent', `00-${TRACE.slice(1)}-${PARENT}-01`]]],
    ['a parent id of zeros', [['traceparent', `00-${TRACE}-${'0'.repeat(16)}-01`]]],
    ['a parent id with a dot', [['traceparent', `00-${TRACE}-.${PARENT.slice(1)}-01`]]],
    ['a parent id that ends in a dot', [['traceparent', `00-${TRACE}-${PARENT.slice(0, -1)}.-01`]]],
    ['a parent id too long', [['traceparent', `00-${TRACE}-${PARENT}7-01`]]],
    ['a parent id too short', [['traceparent', `00-${TRACE}-${PARENT.slice(1)}-01`]]],
    ['flags .0', [['traceparent', `00-${TRACE}-${PARENT}-.0`]]],
    ['flags 0.', [['traceparent', `00-${TRACE}-${PARENT}-0.`]]],
    ['flags 001', [['traceparent', `00-${TRACE}-${PARENT}-001`]]],
    ['flags 1', [['traceparent', `00-${TRACE}-${PARENT}-1`]]],
  ])('is not continued: %s', async (_name, headers) => {
    const { traceId } = await one(headers);
    for (const [, value] of headers) expect(value).not.toContain(traceId);
  });
});

describe('the flag that says a trace id is random', () => {
  it.each([
    ['00', '0'],
    ['01', '1'],
    ['02', '2'],
    ['03', '3'],
  ])('is passed on: %s', async (flags, last) => {
    const { traceparent } = await one([['traceparent', `00-${TRACE}-${PARENT}-${flags}`]]);
    expect(traceparent.at(-1)).toBe(last);
  });

  it('is set of a trace that begins here', async () => {
    expect(Number((await one([])).traceparent.at(-1)) & 2).toBe(2);
  });
});

describe('tracestate', () => {
  it('without traceparent is discarded', async () => {
    expect((await one([['tracestate', 'foo=1']])).state).toBeUndefined();
    expect((await one([['tracestate', 'foo=1,bar=2']])).state).toBeUndefined();
  });

  it('is inherited', async () => {
    const { traceId, tracestate } = await one(valid('foo=1,bar=2'));
    expect(traceId).toBe(TRACE);
    expect([...tracestate]).toEqual([
      ['foo', '1'],
      ['bar', '2'],
    ]);
  });

  it('is known by its name in any case', async () => {
    for (const name of ['TraceState', 'TrAcEsTaTe', 'TRACESTATE']) {
      expect((await one([...valid(), [name, 'foo=1']])).tracestate.get('foo')).toBe('1');
    }
    for (const name of ['trace-state', 'trace.state']) {
      expect((await one([...valid(), [name, 'foo=1']])).tracestate.has('foo')).toBe(false);
    }
  });

  it('may be empty', async () => {
    expect(await one(valid(''))).toMatchObject({ traceId: TRACE, state: undefined });
    for (const headers of [valid('foo=1', ''), valid('', 'foo=1')]) {
      const { traceId, tracestate } = await one(headers);
      expect(traceId).toBe(TRACE);
      expect(tracestate.get('foo')).toBe('1');
    }
  });

  it('in several headers is put together in order', async () => {
    const { state } = await one(valid('foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'));
    expect(state).toBe('foo=1,bar=2,rojo=1,congo=2,baz=3');
  });

  it('may have any of the allowed characters', async () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/';
    const value = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i))
      .join('')
      .replace(/[,=]/g, '');
    for (const key of [letters, `${letters}@a-z0-9_-*/`]) {
      expect((await one(valid(`${key}=${value}`))).tracestate.get(key)).toBe(value);
    }
  });

  it.each([
    'foo=1 \t , \t bar=2, \t baz=3',
    'foo=1\t \t,\t \tbar=2,\t \tbaz=3',
    ' foo=1',
    '\tfoo=1',
    'foo=1 ',
    'foo=1\t',
    '\t foo=1 \t',
  ])('may have white space around its members: %j', async (state) => {
    const { traceId, tracestate } = await one(valid(state));
    expect(traceId).toBe(TRACE);
    expect(tracestate.get('foo')).toBe('1');
    if (state.includes('baz')) expect([tracestate.get('bar'), tracestate.get('baz')]).toEqual(['2', '3']);
  });

  const members = (count: number) =>
    Array.from({ length: count }, (_, i) => `bar${String(i + 1).padStart(2, '0')}=${i + 1}`).join(',');

  it('has at most 32 members', async () => {
    expect((await one(valid(...members(32).split(/(?<=1\d|2\d),/)))).tracestate.size).toBe(32);
    expect((await one(valid(members(33)))).state).toBeUndefined();
  });

  it('has keys of at most 256 characters', async () => {
    expect((await one(valid('foo=1', `${'z'.repeat(256)}=1`))).tracestate.get('foo')).toBe('1');
    expect((await one(valid('foo=1', `${'t'.repeat(241)}@${'v'.repeat(14)}=1`))).tracestate.get('foo')).toBe(
      '1',
    );
    expect((await one(valid('foo=1', `${'z'.repeat(257)}=1`))).state).toBeUndefined();
  });

  it.each(['foo@', 'foo@@bar', 'foo@bar@baz', `${'t'.repeat(242)}@v`, `t@${'v'.repeat(15)}`, '1a'])(
    'may have keys as Level 2 has them: %.20s',
    async (key) => {
      expect((await one(valid(`${key}=1,bar=2`))).state).toBe(`${key}=1,bar=2`);
    },
  );

  it.each([
    ['foo=1,foo=1'],
    ['foo=1,foo=2'],
    ['foo=1', 'foo=1'],
    ['foo=1', 'foo=2'],
    ['foo =1'],
    ['FOO=1'],
    ['foo.bar=1'],
    ['@foo=1,bar=2'],
    ['foo=bar=baz'],
    ['foo=,bar=3'],
  ])('is discarded, and the trace goes on: %s %s', async (...states) => {
    expect(await one(valid(...states))).toMatchObject({ traceId: TRACE, state: undefined });
  });
});

describe('several calls of one request', () => {
  it.each<[string, Headers, string | undefined]>([
    ['with a valid traceparent', [['traceparent', `00-${TRACE}-${PARENT}-01`]], TRACE],
    ['without one', [], undefined],
    ['with an invalid one', [['traceparent', `00-${'0'.repeat(32)}-${PARENT}-01`]], undefined],
  ])('%s have one trace id and a parent id each', async (_name, headers, traceId) => {
    const calls = await ask(headers, 3);
    expect(new Set(calls.map((call) => call.traceId)).size).toBe(1);
    expect(new Set(calls.map((call) => call.parentId)).size).toBe(3);
    if (traceId !== undefined) expect(calls[0]!.traceId).toBe(traceId);
  });
});

describe('npm run conformance:w3c-server', () => {
  const start = (...args: string[]) =>
    spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('w3c-server.ts', import.meta.url)), ...args],
      {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );

  it('starts the service, and ends at SIGTERM', async () => {
    const child = start('--port', '0');
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr.on('data', (chunk) => reject(new Error(String(chunk))));
      child.stdout.on('data', (chunk) => {
        text += String(chunk);
        const found = /http:\S+/.exec(text);
        if (found !== null) resolve(found[0]);
      });
    });
    heard = [];
    const response = await fetch(url, {
      method: 'POST',
      headers: { traceparent: `00-${TRACE}-${PARENT}-01` },
      body: JSON.stringify([
        { url: `${harness.url}/`, arguments: [{ url: 'http://nobody.test', arguments: [] }] },
      ]),
    });
    expect(response.status).toBe(200);
    expect(heard[0]!.traceId).toBe(TRACE);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('refuses a port that is none', async () => {
    const child = start('--port', 'http');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(2);
  });
});
