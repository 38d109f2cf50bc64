import { clip, columns, duration, type Paint, painter, plain, type Style } from '../common/terminal-text.js';
import type { ReadableLogRecord } from '../logs/readable-log-record.js';
import type { ReadableSpan } from '../trace/readable-span.js';
import { type Moment, type TraceNode, type TraceTree, traceTree } from './trace-tree.js';

export interface RenderTraceOptions {
  /** Log lines; those of the trace are shown beneath their spans, in time order. */
  logs?: readonly ReadableLogRecord[];
  /** ANSI colours. Default false. */
  colors?: boolean;
  /** Columns of the terminal. Default 100, at least 60. */
  width?: number;
}

const DURATION_WIDTH = 9;
/** Columns kept for names: a tree that goes deeper is drawn no further to the right. */
const NAME_WIDTH = 20;
const SERVICE_STYLES: Style[] = ['cyan', 'magenta', 'blue', 'green', 'yellow'];
const LEVEL_STYLES: Record<string, Style> = { INFO: 'green', WARN: 'yellow', ERROR: 'red', FATAL: 'red' };

/**
 * Draws one trace, that of the first span, as a tree: a line a span with its duration and where in the trace it
 * lies, the service where it changes, errors marked, the telling attributes, events and log lines beneath it.
 *
 * ```
 * trace 4bf92f3577b34da6a3ce929d0e0e4736 · 412 ms · 3 spans · 2 services · 1 error
 *
 * storefront GET /checkout                          412 ms ████████████████████
 * │ http.response.status_code=502
 * ├─ load cart                                     31.0 ms ██··················
 * └─ payments POST /charge ✗                        251 ms ····█████████████···
 *      ✗ +290 ms CardDeclined: insufficient funds
 * ```
 */
export function renderTrace(spans: readonly ReadableSpan[], options: RenderTraceOptions = {}): string {
  const tree = traceTree(spans, options.logs ?? []);
  if (tree === undefined) return '';
  const width = Math.max(60, Math.min(options.width ?? 100, 400));
  return new Drawing(tree, width, painter(options.colors ?? false)).draw();
}

/** A span to draw, and how its line and those beneath it begin. */
interface Pending {
  readonly node: TraceNode;
  readonly lead: string;
  readonly below: string;
  readonly service: string;
}

class Drawing {
  readonly #tree: TraceTree;
  readonly #paint: Paint;
  readonly #width: number;
  readonly #barWidth: number;
  readonly #lines: string[] = [];
  readonly #styles = new Map<string, Style>();

  constructor(tree: TraceTree, width: number, paint: Paint) {
    this.#tree = tree;
    this.#width = width;
    this.#paint = paint;
    this.#barWidth = Math.max(12, Math.floor(width / 4));
    for (const { service } of tree.nodes) {
      if (!this.#styles.has(service)) this.#styles.set(service, SERVICE_STYLES[this.#styles.size % 5]!);
    }
  }

  draw(): string {
    this.#header();
    // A stack of its own: a trace may be nested deeper than the call stack.
    const stack: Pending[] = this.#tree.roots
      .map((node) => ({ node, lead: '', below: '', service: '' }))
      .reverse();
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { node, below } = next;
      this.#span(next);
      const guide = node.children.length > 0 ? '│ ' : '  ';
      this.#details(node, below + guide);
      for (let i = node.children.length - 1; i >= 0; i--) {
        const last = i === node.children.length - 1;
        stack.push({
          node: node.children[i]!,
          lead: this.#indent(below, last ? '└─ ' : '├─ '),
          below: this.#indent(below, last ? '   ' : '│  '),
          service: node.service,
        });
      }
    }
    if (this.#tree.strays.length > 0) {
      this.#lines.push('', this.#paint('dim', 'log lines of this trace outside these spans'));
      for (const moment of this.#tree.strays) this.#moment(moment, '  ');
    }
    return `${this.#lines.join('\n')}\n`;
  }

  #header(): void {
    const { traceId, nodes, length } = this.#tree;
    const errors = nodes.filter((node) => node.failed).length;
    const facts = [
      duration(length),
      count(nodes.length, 'span'),
      count(this.#styles.size, 'service'),
      ...(errors > 0 ? [this.#paint('red', count(errors, 'error'))] : []),
    ];
    this.#lines.push(`${this.#paint('bold', `trace ${plain(traceId)}`)} · ${facts.join(' · ')}`, '');
  }

  /** Name to the left, duration and bar to the right. */
  #span({ node, lead, service }: Pending): void {
    const paint = this.#paint;
    const room = this.#width - this.#barWidth - DURATION_WIDTH - 2 - columns(lead);
    const mark = node.failed ? ' ✗' : '';
    const prefix =
      node.service === '' || node.service === service ? '' : `${clip(plain(node.service), room >> 1)} `;
    const name = clip(plain(node.name), room - columns(prefix) - mark.length);
    const gap = ' '.repeat(Math.max(0, room - columns(prefix + name) - mark.length));
    const time = duration(node.length).padStart(DURATION_WIDTH);
    const style = this.#styles.get(node.service)!;
    this.#lines.push(
      [
        paint('dim', lead),
        paint(style, prefix),
        node.failed ? paint('red', name + mark) : paint('bold', name),
        gap,
        ' ',
        time,
        ' ',
        this.#bar(node, node.failed ? 'red' : style),
      ].join(''),
    );
  }

  /** Where in the trace the span lies, to half a column. */
  #bar(node: TraceNode, style: Style): string {
    const halves = this.#barWidth * 2;
    const scale = this.#tree.length > 0 ? halves / this.#tree.length : 0;
    const from = Math.min(halves - 1, Math.max(0, Math.floor(node.start * scale)));
    const to = Math.min(halves, Math.max(from + 1, Math.round((node.start + node.length) * scale)));
    let body = '';
    for (let cell = from >> 1; cell * 2 < to; cell++) {
      const left = cell * 2 >= from;
      const right = cell * 2 + 1 < to;
      body += left && right ? '█' : left ? '▌' : '▐';
    }
    const before = '·'.repeat(from >> 1);
    const after = '·'.repeat(this.#barWidth - before.length - body.length);
    return this.#paint('dim', before) + this.#paint(style, body) + this.#paint('dim', after);
  }

  #details(node: TraceNode, lead: string): void {
    const fields = tellingAttributes(node);
    if (fields.length > 0) this.#line(lead, [['dim', fieldsText(fields)]]);
    if (node.message !== '') this.#line(lead, [['red', `✗ ${plain(node.message)}`]]);
    for (const moment of node.moments) this.#moment(moment, lead);
  }

  #moment({ at, level, text, isError, fields }: Moment, lead: string): void {
    const time = `+${duration(Math.max(0, at))}`.padEnd(DURATION_WIDTH);
    const sign = isError && level === '' ? '✗' : '◆';
    this.#line(lead, [
      ['dim', `${time} `],
      level === ''
        ? [isError ? 'red' : 'cyan', `${sign} `]
        : [LEVEL_STYLES[level] ?? 'dim', `${level.padEnd(5)} `],
      [isError ? 'red' : undefined, plain(text)],
      ['dim', fields.length > 0 ? `  ${fieldsText(fields)}` : ''],
    ]);
  }

  #indent(below: string, more: string): string {
    const room = this.#width - this.#barWidth - DURATION_WIDTH - 2 - NAME_WIDTH;
    return below.length + more.length > room ? below : below + more;
  }

  /** One line of coloured parts, cut at the width. */
  #line(lead: string, parts: (readonly [style: Style | undefined, text: string])[]): void {
    let left = this.#width - columns(lead);
    let line = this.#paint('dim', lead);
    for (const [style, text] of parts) {
      const cut = clip(text, left);
      left -= columns(cut);
      if (cut !== '') line += style === undefined ? cut : this.#paint(style, cut);
    }
    this.#lines.push(line);
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Of the attributes with names from the semantic conventions, those that tell something beyond the span's name. */
const TELLING = [
  'http.response.status_code',
  'url.full',
  'url.path',
  'error.type',
  'db.query.text',
  'db.operation.name',
  'db.collection.name',
  'messaging.destination.name',
  'rpc.method',
  'rpc.grpc.status_code',
];
const CONVENTIONS =
  /^(http|url|error|exception|server|client|network|user_agent|db|messaging|rpc|code|thread|process|os|host|otel|telemetry|service|net|peer)\./;
const MOST_FIELDS = 8;

/** What a person wants to know of a span: the telling conventional attributes, then the application's own. */
function tellingAttributes({ name, attributes }: TraceNode): [string, unknown][] {
  const telling = TELLING.filter(
    (key) =>
      attributes[key] !== undefined && !(key.startsWith('url.') && name.includes(String(attributes[key]))),
  );
  const own = Object.keys(attributes).filter((key) => !CONVENTIONS.test(key));
  return [...telling, ...own].slice(0, MOST_FIELDS).map((key) => [key, attributes[key]]);
}

function fieldsText(fields: readonly (readonly [string, unknown])[]): string {
  return fields.map(([key, value]) => `${plain(key)}=${clip(plain(valueText(value)), 60)}`).join(' ');
}

function valueText(value: unknown): string {
  try {
    if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
    return typeof value === 'object' ? (JSON.stringify(value) ?? String(value)) : String(value);
  } catch {
    return '?';
  }
}
