import { Agent } from 'node:http';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import {
  type SlackHookOptions,
  type SlackMessage,
  slackHook,
  slackMessage,
} from '../../../src/exporters/slack/index.js';
import { Logger } from '../../../src/logs/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { TestServer } from '../../common/http-server.js';
import { record, SPAN } from '../log-records.js';

/** What Slack would refuse, by its documented limits. */
function refusal(message: SlackMessage): string | undefined {
  const { attachments } = message;
  if (message.text.length > 4000) return 'text is long';
  if (attachments.length > 20) return 'too many attachments';
  const blocks = attachments.flatMap((attachment) => attachment.blocks);
  if (blocks.length > 50) return 'too many blocks';
  if (JSON.stringify(blocks).length > 13_000) return 'msg_blocks_too_long';
  for (const { text, fields = [], elements = [] } of blocks) {
    if (text !== undefined && (text.text.length > 3000 || text.text.length === 0)) return 'text of a section';
    if (fields.length > 10 || elements.length > 10) return 'too many fields';
    if (fields.some((field) => field.text.length > 2000 || field.text.length === 0)) return 'text of a field';
  }
  return undefined;
}

const texts = (message: SlackMessage): string => JSON.stringify(message);

describe('slackMessage', () => {
  it('shows a record with its colour, fields, stack, time and trace', () => {
    const one = record({
      severityText: 'error',
      severityNumber: 17,
      body: 'payment failed',
      attributes: {
        orderId: 'o-1',
        'exception.type': 'TypeError',
        'exception.stacktrace': 'TypeError: no\n at x',
      },
      spanContext: SPAN,
    });
    expect(slackMessage([one], { traceUrl: (id) => `https://grafana/trace/${id}` })).toEqual({
      text: '*ERROR* shop: payment failed',
      attachments: [
        {
          color: '#d7263d',
          blocks: [
            { type: 'section', text: { type: 'mrkdwn', text: '*ERROR* shop: payment failed' } },
            { type: 'section', text: { type: 'mrkdwn', text: '```TypeError: no\n at x```' } },
            {
              type: 'section',
              fields: [
                { type: 'mrkdwn', text: '*orderId*\no-1' },
                { type: 'mrkdwn', text: '*exception.type*\nTypeError' },
              ],
            },
            {
              type: 'context',
              elements: [
                {
                  type: 'mrkdwn',
                  text:
                    '<!date^1795293000^{date_short_pretty} {time_secs}|2026-11-21T20:30:00.123Z>  ·  ' +
                    `<https://grafana/trace/${SPAN.traceId}|trace ${SPAN.traceId}>`,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('puts equal records together, the gravest first, and counts what it does not show', () => {
    const records = [
      ...Array.from({ length: 5 }, () => record({ body: 'same', severityNumber: 13, severityText: 'warn' })),
      ...Array.from({ length: 30 }, (_, i) => record({ body: `other ${i}` })),
      record({ body: 'worst', severityNumber: 21, severityText: 'fatal' }),
    ];
    const message = slackMessage(records);
    expect(message.text).toBe('*FATAL* shop: worst (and 35 more)');
    expect(message.attachments.map(({ color }) => color).slice(0, 3)).toEqual([
      '#8b0000',
      '#f4a300',
      '#2f80ed',
    ]);
    expect(message.attachments[1]!.blocks[0]!.text!.text).toBe('*WARN* shop: same _×5_');
    expect(message.attachments.at(-1)!.blocks[0]!.elements![0]!.text).toBe('and 22 more');
  });

  it('keeps text from being a mention, a link or the end of a block', () => {
    const text = texts(
      slackMessage([
        record({
          body: '<!channel> <https://evil|click> & co',
          attributes: { '<!here>': '<@U1>', 'exception.stacktrace': '``` <!everyone>' },
        }),
      ]),
    );
    expect(text).not.toMatch(/<!channel|<!here|<!everyone|<@|<https:\/\/evil/);
    expect(text).toContain('&lt;!channel&gt;');
    expect(text.match(/```/g)).toHaveLength(2);
  });

  it('stays within the limits of Slack whatever is logged', () => {
    const anyRecord = fc.record({
      body: fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constant('<&>'.repeat(20_000))),
      attributes: fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.constant('&'.repeat(9000))), {
        maxKeys: 30,
      }),
      severityNumber: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 60 }), (list) => {
        const message = slackMessage(list.map((own) => record(own as Parameters<typeof record>[0])));
        expect(refusal(message)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe('slackHook', () => {
  let server: TestServer;
  let told: Diagnostic[];
  let clock: FakeClock;
  let agent: Agent;
  /** How many answers the hook has read to their end. */
  let answered: number;

  beforeEach(async () => {
    server = await TestServer.start();
    agent = new Agent({ keepAlive: true });
    answered = 0;
    agent.on('free', () => answered++);
    server.answer = (response) => response.end('ok');
    told = [];
    clock = new FakeClock();
  });

  afterEach(async () => {
    agent.destroy();
    await server.stop();
  });

  function setup(options: Partial<SlackHookOptions> = {}): Logger {
    const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
    const hook = slackHook({ webhookUrl: `${server.url}/services/T0/B0/secret`, clock, agent, ...options });
    return new Logger({ sinks: [hook], clock, diagnostics });
  }

  const bodies = () =>
    server.received.map(({ body }) => JSON.parse(body.toString()) as SlackMessage).map(({ text }) => text);

  it('posts the first trouble at once and gathers the rest, one message an interval', async () => {
    const logger = setup();
    logger.info('nothing');
    logger.error('one');
    await clock.advance(0);
    await expect.poll(bodies).toEqual(['*ERROR* one']);
    for (let i = 0; i < 50; i++) logger.error('two');
    logger.fatal('three');
    await expect.poll(() => answered).toBe(1);
    await clock.advance(0);
    await clock.advance(2999);
    expect(bodies()).toHaveLength(1);
    await clock.advance(1);
    await expect.poll(bodies).toHaveLength(2);
    expect(bodies()[1]).toBe('*FATAL* three (and 50 more)');
    await logger.shutdown();
    expect(told).toEqual([]);
  });

  it('comes again when Slack says so, and never shows the secret', async () => {
    server.answer = (response, _, nth) => {
      if (nth === 1) response.writeHead(429, { 'retry-after': '30' }).end();
      else response.writeHead(404).end('no_service');
    };
    const logger = setup();
    logger.error('one');
    await clock.advance(0);
    await expect.poll(() => server.received.length).toBe(1);
    await expect.poll(() => answered).toBe(1);
    await clock.advance(29_999);
    expect(server.received).toHaveLength(1);
    await clock.advance(5_000);
    await expect.poll(() => server.received.length).toBe(2);
    await expect.poll(() => told.length).toBe(1);
    expect(String((told[0]!.error as Error).message)).toBe('the Slack webhook answered 404: no_service');
    expect(JSON.stringify(told)).not.toContain('secret');
    await logger.shutdown();
  });

  it('posts what a filter lets through, in words of your own', async () => {
    const logger = setup({
      level: 'info',
      filter: ({ body }) => body !== 'no',
      message: (records) => ({ text: records.map(({ body }) => body).join('+') }),
    });
    logger.info('no');
    logger.info('yes');
    await clock.advance(0);
    await expect.poll(bodies).toEqual(['yes']);
    await logger.shutdown();
  });

  it('says at construction what is wrong, but not the secret', () => {
    expect(() => slackHook({ webhookUrl: 'hooks.slack.com/secret' })).toThrow(/webhookUrl is no URL/);
    expect(() => slackHook({ webhookUrl: 'hooks.slack.com/secret' })).not.toThrow(/secret/);
    expect(() => slackHook({ webhookUrl: server.url, interval: 10 })).toThrow(/interval is 10/);
  });
});
