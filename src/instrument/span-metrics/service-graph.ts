import { type Clock, systemClock, type Timer } from '../../common/clock.js';
import { checkInteger, checkMethods, checkNumber, checkOptions } from '../../common/options.js';
import { Counter } from '../../metrics/counter.js';
import { Histogram } from '../../metrics/histogram.js';
import type { Registry } from '../../metrics/registry.js';
import type { ReadableSpan, SpanProcessor } from '../../trace/readable-span.js';
import { CLIENT, CONSUMER, ERROR, PRODUCER, SERVER, secondsOf, serviceOf } from './facts.js';

export interface ServiceGraphOptions {
  /** Holds the metrics. */
  registry: Registry;
  /** Milliseconds that one side of a call waits for the other. Default 2,000. */
  ttl?: number;
  /** Sides that wait at most; a further one is counted as dropped. Default 1,000. */
  maxItems?: number;
  /** Upper bounds of the durations, in seconds. Default: 100 ms to 12.8 s, doubling, as in the Collector's connector. */
  buckets?: readonly number[];
  clock?: Clock;
}

const BUCKETS = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8];
const LABELS = ['client', 'server', 'connection_type'] as const;

/** Attributes of a client's span that name whom it called, the best first. */
const PEER = ['peer.service', 'db.namespace', 'db.name', 'db.system.name', 'db.system', 'server.address'];
const MESSAGING = ['messaging.destination.name', ...PEER];

type Labels = Record<(typeof LABELS)[number], string>;

/** One side of a call, until the other ends. */
interface Half {
  readonly span: ReadableSpan;
  readonly expires: number;
}

/**
 * Who calls whom, how often, how it ends and how long it takes, from spans: a span processor.
 *
 * ```ts
 * new TracerProvider({ spanProcessors: [new ServiceGraphProcessor({ registry }), toCollector] });
 * ```
 *
 * The metrics are those of the OpenTelemetry Collector's `servicegraph` connector, which Grafana draws:
 * `traces_service_graph_request_total`, `…_request_failed_total`, `…_request_client_seconds` and
 * `…_request_server_seconds`, by `client`, `server` and `connection_type` (nothing, `database` or
 * `messaging_system`).
 *
 * A call has two sides, a client's span and the server's span below it. Where the other side is in another process
 * (nearly always, inside one) or is a database, the edge leads to what the client says of its peer: `peer.service`,
 * the name or the system of the database, `server.address`. A server's span that begins its trace was called by
 * `user`. A side without either is counted in `traces_service_graph_unpaired_spans_total`.
 */
export class ServiceGraphProcessor implements SpanProcessor {
  readonly #requests: Counter<keyof Labels>;
  readonly #failed: Counter<keyof Labels>;
  readonly #clientSeconds: Histogram<keyof Labels>;
  readonly #serverSeconds: Histogram<keyof Labels>;
  readonly #unpaired: Counter<keyof Labels>;
  readonly #dropped: Counter<keyof Labels>;
  readonly #ttl: number;
  readonly #maxItems: number;
  readonly #clock: Clock;
  /** Sides that wait, by trace and the id of the client's span; the one that waits longest first. */
  readonly #halves = new Map<string, Half>();
  #timer: Timer | undefined;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: ServiceGraphOptions) {
    const owner = 'ServiceGraphProcessor';
    const given = checkOptions(owner, options, ['registry', 'ttl', 'maxItems', 'buckets', 'clock']);
    const registry = checkMethods(owner, 'registry', given.registry, ['getOrCreate']);
    this.#ttl = checkNumber(owner, 'ttl', given.ttl, 2_000, { min: 1 });
    this.#maxItems = checkInteger(owner, 'maxItems', given.maxItems, 1_000, { min: 1 });
    this.#clock = given.clock ?? systemClock;
    const { buckets = BUCKETS } = given;
    const counter = (name: string, help: string) =>
      registry.getOrCreate(Counter, {
        name: `traces_service_graph_${name}_total`,
        help,
        labelNames: LABELS,
      });
    const histogram = (side: string) =>
      registry.getOrCreate(Histogram, {
        name: `traces_service_graph_request_${side}_seconds`,
        help: `Time of a request between two services, as the ${side} sees it.`,
        labelNames: LABELS,
        buckets,
      });
    this.#requests = counter('request', 'Requests between two services.');
    this.#failed = counter('request_failed', 'Requests between two services that failed.');
    this.#clientSeconds = histogram('client');
    this.#serverSeconds = histogram('server');
    this.#unpaired = counter('unpaired_spans', 'Spans whose other side is not known.');
    this.#dropped = counter('dropped_spans', 'Spans that found no room to wait for their other side.');
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const { kind } = span;
    const caller = kind === CLIENT || kind === PRODUCER;
    if (!caller && kind !== SERVER && kind !== CONSUMER) return;
    const database = caller && isDatabase(span) ? this.#ends(span, undefined) : undefined;
    if (database !== undefined) {
      this.#record(span, undefined, { ...database, connection_type: 'database' });
      return;
    }
    const { traceId, spanId } = span.spanContext();
    const callId = caller ? spanId : span.parentSpanContext?.spanId;
    const key = `${traceId} ${callId}`;
    const other = this.#halves.get(key);
    if (other !== undefined && isCaller(other.span) !== caller) {
      this.#halves.delete(key);
      if (caller) this.#complete(span, other.span);
      else this.#complete(other.span, span);
    } else if (callId === undefined) this.#complete(undefined, span);
    else if (this.#halves.size < this.#maxItems) {
      this.#halves.set(key, { span, expires: this.#clock.monotonic() + this.#ttl });
      this.#timer ??= this.#clock.setTimeout(this.#expire, this.#ttl);
    } else this.#dropped.inc(this.#ends(...sides(span)) ?? unknownEnds(span));
  }

  /** Whatever waits for its other side waits no longer. */
  async forceFlush(): Promise<void> {
    for (const { span } of this.#halves.values()) this.#complete(...sides(span));
    this.#halves.clear();
  }

  async shutdown(): Promise<void> {
    this.#timer?.cancel();
    await this.forceFlush();
  }

  readonly #expire = (): void => {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (const [key, { span, expires }] of this.#halves) {
      if (expires > now) {
        this.#timer = this.#clock.setTimeout(this.#expire, expires - now);
        return;
      }
      this.#halves.delete(key);
      this.#complete(...sides(span));
    }
  };

  #complete(client: ReadableSpan | undefined, server: ReadableSpan | undefined): void {
    const ends = this.#ends(client, server);
    if (ends !== undefined) this.#record(client, server, ends);
    else this.#unpaired.inc(unknownEnds((client ?? server)!));
  }

  /** The names of both sides; `undefined` where one of them cannot be known. */
  #ends(client: ReadableSpan | undefined, server: ReadableSpan | undefined): Labels | undefined {
    const one = (client ?? server)!;
    const messaging = one.kind === PRODUCER || one.kind === CONSUMER;
    const caller = client ? serviceOf(client) : server?.parentSpanContext === undefined ? 'user' : undefined;
    const called = server ? serviceOf(server) : peerOf(client!, messaging ? MESSAGING : PEER);
    if (caller === undefined || called === undefined) return undefined;
    return { client: caller, server: called, connection_type: messaging ? 'messaging_system' : '' };
  }

  #record(client: ReadableSpan | undefined, server: ReadableSpan | undefined, ends: Labels): void {
    this.#requests.inc(ends);
    if (client?.status.code === ERROR || server?.status.code === ERROR) this.#failed.inc(ends);
    if (client !== undefined) this.#clientSeconds.observe(ends, secondsOf(client));
    if (server !== undefined) this.#serverSeconds.observe(ends, secondsOf(server));
  }
}

function isCaller({ kind }: ReadableSpan): boolean {
  return kind === CLIENT || kind === PRODUCER;
}

function sides(span: ReadableSpan): [client: ReadableSpan | undefined, server: ReadableSpan | undefined] {
  return isCaller(span) ? [span, undefined] : [undefined, span];
}

function isDatabase({ attributes }: ReadableSpan): boolean {
  return 'db.system.name' in attributes || 'db.system' in attributes || 'db.name' in attributes;
}

function peerOf({ attributes }: ReadableSpan, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function unknownEnds(span: ReadableSpan): Labels {
  const service = serviceOf(span);
  const isClient = isCaller(span);
  return { client: isClient ? service : '', server: isClient ? '' : service, connection_type: '' };
}
