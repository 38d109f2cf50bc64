import { truncate } from '../../common/attributes.js';
import type { LogAttributes, ReadableLogRecord } from '../../logs/readable-log-record.js';
import { isoTime, levelOf, messageOf, severityOf, textOf, timeOf } from '../record-json.js';

/** What is posted to an incoming webhook. */
export interface SlackMessage {
  /** For notifications, and where blocks cannot be shown. */
  text: string;
  attachments: SlackAttachment[];
}

export interface SlackAttachment {
  color: string;
  blocks: SlackBlock[];
}

export interface SlackBlock {
  type: 'section' | 'context';
  text?: SlackText;
  fields?: SlackText[];
  elements?: SlackText[];
}

interface SlackText {
  type: 'mrkdwn';
  text: string;
}

export interface SlackMessageOptions {
  /** The page of a trace, to be linked. */
  traceUrl?: ((traceId: string) => string) | undefined;
}

/** The colour of the bar beside a record: red, amber, blue, grey. */
const COLORS = {
  fatal: '#8b0000',
  error: '#d7263d',
  warn: '#f4a300',
  info: '#2f80ed',
  debug: '#9aa0a6',
  trace: '#9aa0a6',
};

/** Kinds of records that one message shows; the rest is counted. */
const MAX_SHOWN = 10;

/**
 * Characters of the blocks of one message. Slack names limits for each block (3,000 for the text of a section,
 * 2,000 for a field, 50 blocks), and refuses a message with `msg_blocks_too_long` from some 13,000 in all on.
 */
const MAX_CHARACTERS = 11_000;
const MAX_TEXT = 1000;
const MAX_STACK = 1500;
const MAX_FIELD = 200;
/** Slack takes ten fields in a section. */
const MAX_FIELDS = 10;

interface Group {
  readonly record: ReadableLogRecord;
  count: number;
}

/**
 * One message for one record or many: those that say the same become one with a count, the gravest come first,
 * each with a bar in the colour of its severity, its fields, the beginning of its stack, its time in the reader's
 * own zone, and its trace. It stays within Slack's limits, and what a record says is text: no mention, no link.
 */
export function slackMessage(
  records: readonly ReadableLogRecord[],
  options: SlackMessageOptions = {},
): SlackMessage {
  const groups = grouped(records);
  const attachments: SlackAttachment[] = [];
  let room = MAX_CHARACTERS;
  let shown = 0;
  for (const { record, count } of groups.slice(0, MAX_SHOWN)) {
    const attachment = attachmentOf(record, count, options);
    const { length } = JSON.stringify(attachment);
    if (length > room && attachments.length > 0) break;
    // One alone that is too much keeps its headline and its last line.
    if (length > room) attachment.blocks = [attachment.blocks[0]!, attachment.blocks.at(-1)!];
    room -= length;
    attachments.push(attachment);
    shown += count;
  }
  const rest = records.length - shown;
  if (rest > 0) {
    attachments.push({ color: COLORS.debug, blocks: [context(`and ${rest} more`)] });
  }
  const [first] = groups;
  const more = records.length > 1 ? ` (and ${records.length - 1} more)` : '';
  return { text: first === undefined ? '' : `${headline(first.record, 300)}${more}`, attachments };
}

/** The gravest first; among equals in the order in which they came. */
function grouped(records: readonly ReadableLogRecord[]): Group[] {
  const groups = new Map<string, Group>();
  for (const record of records) {
    const key = `${levelOf(record)}\n${messageOf(record)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { record, count: 1 });
    else group.count++;
  }
  return [...groups.values()].sort((a, b) => (b.record.severityNumber ?? 0) - (a.record.severityNumber ?? 0));
}

function attachmentOf(
  record: ReadableLogRecord,
  count: number,
  { traceUrl }: SlackMessageOptions,
): SlackAttachment {
  const attributes: LogAttributes = record.attributes ?? {};
  const stack = attributes['exception.stacktrace'];
  const blocks: SlackBlock[] = [
    { type: 'section', text: mrkdwn(`${headline(record, MAX_TEXT)}${count > 1 ? ` _×${count}_` : ''}`) },
  ];
  if (typeof stack === 'string' && stack !== '') {
    // Three backticks would end the block.
    const text = plain(stack, MAX_STACK).replaceAll('```', "'''");
    blocks.push({ type: 'section', text: mrkdwn(`\`\`\`${text}\`\`\``) });
  }
  const fields: SlackText[] = [];
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (key === 'exception.stacktrace' || value === undefined || fields.length === MAX_FIELDS) continue;
    const text = plain(textOf(value), MAX_FIELD);
    fields.push(mrkdwn(`*${plain(key, 60)}*\n${text === '' ? '–' : text}`));
  }
  if (fields.length > 0) blocks.push({ type: 'section', fields });
  blocks.push(context(`${when(record)}${traceOf(record, traceUrl)}`));
  return { color: COLORS[severityOf(record.severityNumber) ?? 'info'], blocks };
}

function headline(record: ReadableLogRecord, maxLength: number): string {
  const service = record.resource?.attributes?.['service.name'];
  const name = service === undefined ? '' : ` ${plain(String(service), 100)}:`;
  const message = plain(messageOf(record), maxLength);
  return `*${plain(levelOf(record).toUpperCase(), 30)}*${name} ${message}`;
}

/** Slack shows it in the zone of whoever reads. */
function when(record: ReadableLogRecord): string {
  return `<!date^${timeOf(record)[0]}^{date_short_pretty} {time_secs}|${isoTime(record)}>`;
}

function traceOf({ spanContext }: ReadableLogRecord, traceUrl: SlackMessageOptions['traceUrl']): string {
  if (spanContext === undefined) return '';
  const id = plain(spanContext.traceId, 32);
  if (traceUrl === undefined) return `  ·  trace ${id}`;
  return `  ·  <${plain(traceUrl(spanContext.traceId), 1000).replaceAll('|', '%7C')}|trace ${id}>`;
}

function context(text: string): SlackBlock {
  return { type: 'context', elements: [mrkdwn(text)] };
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text };
}

/**
 * Text of at most so many characters, without the three that Slack gives a meaning: so nothing is a mention or a
 * link. Control characters and halves of surrogate pairs go, too.
 */
function plain(text: string, maxLength: number): string {
  const clean = Buffer.from(truncate(text, maxLength))
    .toString()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones
    .replace(/[\0-\x08\x0b-\x1f\x7f]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return clean.length <= maxLength ? clean : truncate(clean, maxLength).replace(/&[a-z]{0,3}$/, '');
}
