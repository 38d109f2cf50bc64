import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Link,
  type SpanKind,
  type SpanOptions,
} from '@opentelemetry/api';
import { rootContext, spanOf } from '../common/context.js';
import { describe } from '../common/errors.js';
import { checkInteger, checkMethods, checkOneOf, checkOptions, checkString } from '../common/options.js';
import { isTelemetrySuppressed } from '../common/suppression.js';
import { withSpan } from '../common/with-span.js';
import {
  type CarrierAccess,
  type MessageCarrier,
  messageCarrier,
  sqsCarrier,
} from '../trace/propagation/carriers.js';
import { guardOf } from './guard.js';
import { runInSpan } from './run-in-span.js';
import { type HttpSignals, resolveSignals } from './signals.js';

export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';

export interface MessageTracerOptions {
  /** `messaging.system.name`: `kafka`, `rabbitmq`, `nats`, `aws.sqs`, `gcp.pubsub`, … */
  system: string;
  /**
   * How traces are written into messages and read from them. Default: as attributes for `aws.sqs` and `aws.sns`, else as
   * texts; texts, bytes and attributes are read.
   */
  carrier?: CarrierAccess<MessageCarrier>;
  /**
   * Whether the span of a message that is processed is a child of the span that sent it, in one trace, or begins below
   * what is current and links to it. Default `child`. A batch always links.
   */
  relation?: 'child' | 'link';
  /** `server.address`: the broker's host. */
  address?: string;
  /** `server.port`. */
  port?: number;
}

/** A message, or several, on the way out. */
export interface OutgoingMessage {
  /** Queue, topic, exchange or subject. */
  readonly destination: string;
  /** The headers of the message, into which the trace is written; of several, a list. */
  readonly headers: MessageCarrier | readonly MessageCarrier[];
  readonly id?: string;
  readonly attributes?: Attributes;
}

/** A message that has come in. */
export interface ReceivedMessage {
  readonly destination: string;
  /** The headers of the message, from which the trace is read. */
  readonly headers?: MessageCarrier | undefined;
  readonly id?: string;
  /** `messaging.consumer.group.name`. */
  readonly group?: string;
  readonly attributes?: Attributes;
}

/** Several messages that are processed together. */
export interface ReceivedBatch extends Omit<ReceivedMessage, 'headers' | 'id'> {
  /** The headers of each message. */
  readonly headers: readonly (MessageCarrier | undefined)[];
}

/** Puts spans around the sending and processing of messages, and carries the trace from one to the other. */
export interface MessageTracer {
  /** Runs what sends, in a PRODUCER span whose context is in the headers by then. */
  send<R>(message: OutgoingMessage, send: () => R): R;
  /** Runs what handles a message, in a CONSUMER span. */
  process<R>(message: ReceivedMessage, handle: () => R): R;
  /** Runs what handles several messages at once, in a CONSUMER span that links to what sent each. */
  processBatch<R>(batch: ReceivedBatch, handle: () => R): R;
  /** Runs what asks the broker for messages, in a CLIENT span. */
  receive<R>(source: Pick<ReceivedMessage, 'destination' | 'group' | 'attributes'>, receive: () => R): R;
}

/** OpenTelemetry's `SpanKind`s. */
const CLIENT = 2;
const PRODUCER = 3;
const CONSUMER = 4;

/** The most links of a batch; what is beyond counts in `messaging.batch.message_count` alone. */
const MAX_LINKS = 128;

/**
 * Helpers for any broker: they make the spans of OpenTelemetry's messaging conventions and carry the trace in the
 * headers of messages.
 *
 * ```ts
 * const messages = messageTracer(telemetry, { system: 'kafka' });
 *
 * const message = { value: JSON.stringify(order), headers: {} };
 * await messages.send({ destination: 'orders', headers: message.headers }, () =>
 *   producer.send({ topic: 'orders', messages: [message] }),
 * );
 *
 * await consumer.run({
 *   eachMessage: ({ topic, message }) =>
 *     messages.process({ destination: topic, headers: message.headers }, () => handle(message)),
 * });
 * ```
 *
 * Spans end when the function returns, or its promise has settled; what it throws is recorded and goes on.
 *
 * Specification: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 *
 * @throws TelltaleError when an option is wrong.
 */
export function messageTracer(telemetry: HttpSignals, options: MessageTracerOptions): MessageTracer {
  const owner = 'messageTracer';
  const given = checkOptions(owner, options, ['system', 'carrier', 'relation', 'address', 'port']);
  const system = checkString(owner, 'system', given.system ?? (null as never), '');
  const relation = checkOneOf(owner, 'relation', given.relation, 'child', ['child', 'link']);
  checkString(owner, 'address', given.address, '-');
  checkInteger(owner, 'port', given.port, 1, { min: 1, max: 65_535 });
  const carrier =
    given.carrier ?? (system === 'aws.sqs' || system === 'aws.sns' ? sqsCarrier : messageCarrier);
  checkMethods(owner, 'carrier', carrier, ['get', 'set', 'keys']);
  const { tracer, contextManager, propagator, diagnostics } = resolveSignals(owner, telemetry);

  const guard = guardOf(owner, diagnostics);

  function optionsOf(
    kind: SpanKind,
    operation: string,
    { destination, group, id, attributes }: Omit<ReceivedMessage, 'headers'>,
  ): SpanOptions & { attributes: Attributes } {
    const all: Attributes = {
      'messaging.system.name': system,
      'messaging.operation.name': operation,
      'messaging.operation.type': operation,
    };
    if (isName(destination)) all['messaging.destination.name'] = destination;
    if (id !== undefined) all['messaging.message.id'] = id;
    if (group !== undefined) all['messaging.consumer.group.name'] = group;
    if (given.address !== undefined) all['server.address'] = given.address;
    if (given.port !== undefined) all['server.port'] = given.port;
    return { kind, attributes: { ...all, ...attributes } };
  }

  function run<R>(
    operation: string,
    destination: string,
    spanOptions: SpanOptions,
    parent: Context,
    fn: () => R,
    prepare?: (context: Context) => void,
  ): R {
    if (isTelemetrySuppressed(contextManager.active())) return fn();
    const name = isName(destination) ? `${operation} ${destination}` : operation;
    if (name === operation) {
      const what = `the destination of a message is ${describe(destination)}; accepted: the name of a queue or topic`;
      diagnostics.report('invalid_destination', `${owner}.${operation}`, `${owner}: ${what}`);
    }
    const span = guard('start_failed', 'a message could not be watched', () =>
      tracer?.startSpan(name, spanOptions, parent),
    );
    const context = span === undefined ? parent : withSpan(parent, span);
    prepare?.(context);
    return span === undefined
      ? contextManager.with(context, fn)
      : runInSpan(contextManager, context, span, fn);
  }

  /** The context in which a message was sent: its span and its baggage, and nothing of this process. */
  function sentIn(headers: MessageCarrier | undefined): Context {
    if (propagator === undefined || headers === undefined || headers === null) return rootContext;
    return (
      guard('extract_failed', 'the trace of a message could not be read', () =>
        propagator.extract(rootContext, headers, carrier),
      ) ?? rootContext
    );
  }

  function tellOfHeaders(operation: string, headers: unknown): void {
    const accepted =
      operation === 'send' ? 'those of the message, {} at first' : 'a list, those of each message';
    const what = `headers is ${describe(headers)}, so the trace goes no further; accepted: ${accepted}`;
    diagnostics.report('invalid_headers', `${owner}.${operation}`, `${owner}.${operation}: ${what}`);
  }

  function linkTo(sent: Context): Link[] {
    const context = spanOf(sent)?.spanContext();
    return context !== undefined && isSpanContextValid(context) ? [{ context }] : [];
  }

  return {
    send(message, send) {
      const { headers } = message;
      const all = Array.isArray(headers)
        ? (headers as readonly MessageCarrier[])
        : [headers as MessageCarrier];
      if (!all.every(isCarrier)) tellOfHeaders('send', headers);
      const spanOptions = optionsOf(PRODUCER, 'send', message);
      if (Array.isArray(headers)) spanOptions.attributes['messaging.batch.message_count'] = all.length;
      return run('send', message.destination, spanOptions, contextManager.active(), send, (context) => {
        guard('inject_failed', 'the trace could not be written into a message', () => {
          for (const each of all) if (isCarrier(each)) propagator?.inject(context, each, carrier);
        });
      });
    },

    process(message, handle) {
      const sent = sentIn(message.headers);
      const links = linkTo(sent);
      const spanOptions = optionsOf(CONSUMER, 'process', message);
      const isChild = relation === 'child' && links.length > 0;
      return run(
        'process',
        message.destination,
        isChild ? spanOptions : { ...spanOptions, links },
        isChild ? sent : contextManager.active(),
        handle,
      );
    },

    processBatch(batch, handle) {
      const spanOptions = optionsOf(CONSUMER, 'process', batch);
      const isList = Array.isArray(batch.headers);
      if (!isList) tellOfHeaders('processBatch', batch.headers);
      const all: ReceivedBatch['headers'] = isList ? batch.headers : [];
      if (isList) spanOptions.attributes['messaging.batch.message_count'] = all.length;
      const links = all.slice(0, MAX_LINKS).flatMap((headers) => linkTo(sentIn(headers)));
      return run('process', batch.destination, { ...spanOptions, links }, contextManager.active(), handle);
    },

    receive(source, receive) {
      const spanOptions = optionsOf(CLIENT, 'receive', source);
      return run('receive', source.destination, spanOptions, contextManager.active(), receive);
    },
  };
}

function isCarrier(headers: unknown): headers is MessageCarrier {
  return typeof headers === 'object' && headers !== null;
}

function isName(destination: unknown): destination is string {
  return typeof destination === 'string' && destination !== '';
}
