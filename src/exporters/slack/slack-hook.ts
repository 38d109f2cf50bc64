import type { Agent } from 'node:http';
import { type Clock, systemClock } from '../../common/clock.js';
import type { Diagnostics } from '../../common/diagnostics.js';
import { TelltaleError } from '../../common/errors.js';
import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../../common/export.js';
import { HttpTransport } from '../../common/http-transport.js';
import { checkFunction, checkInteger, checkNumber, checkOptions } from '../../common/options.js';
import type { RetryOptions } from '../../common/retry.js';
import type { LevelThreshold } from '../../logs/level.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import { exporterSink } from '../../logs/sinks/exporter.js';
import { filteredSink } from '../../logs/sinks/hook.js';
import type { RecordSink } from '../../logs/sinks/sink.js';
import { type SlackMessage, slackMessage } from './message.js';

export interface SlackHookOptions {
  /** The incoming webhook; it is a secret, and never shown. */
  webhookUrl: string;
  /** Lines of this level and above. Default `error`. */
  level?: LevelThreshold;
  /** Which of them are posted. Default: all. */
  filter?: (record: ReadableLogRecord) => boolean;
  /**
   * Milliseconds between two messages at least; what comes meanwhile goes into one. Default 3,000, at least 1,000:
   * Slack takes one message a second.
   */
  interval?: number;
  /** Records that wait at most; those that come when it is full are dropped and counted. Default 1,000. */
  maxQueued?: number;
  /** The page of a trace, to be linked: `(traceId) => 'https://grafana/…' + traceId`. */
  traceUrl?: (traceId: string) => string;
  /** Makes the message of some records. Default `slackMessage`. */
  message?: (records: readonly ReadableLogRecord[]) => SlackMessage | object;
  /** Milliseconds for one request. Default 10,000. */
  timeout?: number;
  /** Further attempts where Slack is busy (429, which says when to come again) or away. */
  retry?: RetryOptions | false;
  agent?: Agent;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

const OWNER = 'slackHook';

/** Records that one message stands for at most. */
const MAX_RECORDS = 500;

/**
 * A sink that posts grave lines to a Slack channel by an incoming webhook.
 *
 * ```ts
 * const slack = slackHook({ webhookUrl: process.env.SLACK_WEBHOOK_URL! });
 * new Logger({ sinks: [stdoutSink(), slack] });
 * ```
 *
 * One message in `interval` at most, whatever happens: records that come in between are put together, equal ones
 * with a count. Slack's own limits of length and rate are kept. Nothing waits for Slack, and its failures stay here,
 * counted.
 *
 * It is what a hook looks like that gathers records; `logHook` is the way to one that takes them one by one.
 *
 * Webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 *
 * @throws TelltaleError for wrong options
 */
export function slackHook(options: SlackHookOptions): RecordSink {
  const given = checkOptions(OWNER, options, [
    'webhookUrl',
    'level',
    'filter',
    'interval',
    'maxQueued',
    'traceUrl',
    'message',
    'timeout',
    'retry',
    'agent',
    'clock',
    'diagnostics',
  ]);
  const { filter, traceUrl, agent, diagnostics, retry } = given;
  checkFunction(OWNER, 'filter', filter);
  checkFunction(OWNER, 'traceUrl', traceUrl);
  const message =
    checkFunction(OWNER, 'message', given.message) ?? ((records) => slackMessage(records, { traceUrl }));
  const interval = checkNumber(OWNER, 'interval', given.interval, 3000, { min: 1000 });
  const timeout = checkNumber(OWNER, 'timeout', given.timeout, 10_000, { min: 1 });
  let clock = given.clock ?? systemClock;
  const transport = new HttpTransport({
    owner: OWNER,
    url: webhook(given.webhookUrl),
    shownAs: 'the Slack webhook',
    timeout,
    ...(given.clock === undefined ? {} : { clock: given.clock }),
    ...(agent === undefined ? {} : { agent }),
  });
  let quietUntil = -Infinity;

  async function post(records: ReadableLogRecord[], signal: AbortSignal | undefined): Promise<void> {
    const wanted = filter === undefined ? records : records.filter((record) => filter(record));
    if (wanted.length === 0) return;
    const wait = quietUntil - clock.monotonic();
    if (wait > 0) await new Promise<void>((resolve) => void clock.setTimeout(resolve, wait));
    quietUntil = clock.monotonic() + interval;
    await transport.post(Buffer.from(JSON.stringify(message(wanted))), 'application/json', signal);
  }

  const sink = exporterSink({
    exporter: {
      export(records: ReadableLogRecord[], done: (result: ExportResult) => void, signal?: AbortSignal) {
        post(records, signal).then(
          () => done({ code: EXPORT_SUCCESS }),
          (error: unknown) => done({ code: EXPORT_FAILED, error: error as Error }),
        );
      },
      shutdown: () => transport.close(),
    },
    name: 'slack',
    maxItems: checkInteger(OWNER, 'maxQueued', given.maxQueued, 1000, { min: 1 }),
    maxBatchItems: MAX_RECORDS,
    // The first trouble is told of at once; what follows waits for its turn.
    interval: 0,
    exportTimeout: interval + timeout + 1000,
    ...(retry === undefined ? {} : { retry }),
    ...(given.clock === undefined ? {} : { clock: given.clock }),
    ...(diagnostics === undefined ? {} : { diagnostics }),
  });
  return filteredSink(
    {
      ...sink,
      attach(host) {
        clock = given.clock ?? host.clock;
        sink.attach?.(host);
      },
    },
    given.level ?? 'error',
  );
}

/** The address is not repeated in the error: it is a secret. */
function webhook(url: string): string {
  if (typeof url === 'string' && /^https?:\/\//i.test(url) && URL.canParse(url)) return url;
  throw new TelltaleError(
    `${OWNER}: webhookUrl is no URL; accepted: an incoming webhook, https://hooks.slack.com/services/…`,
    'webhookUrl',
  );
}
