import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/**
 * How to read and write one kind of carrier: both a `TextMapGetter` and a `TextMapSetter`, for
 * `propagator.extract(context, carrier, access)` and `propagator.inject(context, carrier, access)`.
 */
export interface CarrierAccess<Carrier> extends TextMapGetter<Carrier>, TextMapSetter<Carrier> {}

/** Headers as Node has them, or those of the Fetch standard. */
export type HeaderCarrier =
  | Record<string, string | readonly string[] | number | undefined>
  | Pick<Headers, 'get' | 'set' | 'keys'>;

/**
 * HTTP headers: an object of names and values, whatever the case of its names, or a `Headers`.
 *
 * ```ts
 * const headers = {};
 * propagator.inject(contextManager.active(), headers, headerCarrier);
 * ```
 */
export const headerCarrier: CarrierAccess<HeaderCarrier> = {
  keys: (carrier) => (isHeaders(carrier) ? [...carrier.keys()] : Object.keys(carrier)),
  get(carrier, name) {
    if (isHeaders(carrier)) return carrier.get(name) ?? undefined;
    const value = carrier[name] ?? carrier[nameOf(carrier, name)];
    return typeof value === 'number' ? String(value) : (value as string | string[] | undefined);
  },
  set(carrier, name, value) {
    if (isHeaders(carrier)) carrier.set(name, value);
    else carrier[nameOf(carrier, name)] = value;
  },
};

/** gRPC metadata, as far as it matters here: `Metadata` of `@grpc/grpc-js` is one. */
export interface MetadataLike {
  get(key: string): (string | Buffer)[];
  set(key: string, value: string): void;
  getMap(): Record<string, unknown>;
}

/** gRPC metadata. Binary entries (`…-bin`) are passed over. */
export const metadataCarrier: CarrierAccess<MetadataLike> = {
  keys: (carrier) => Object.keys(carrier.getMap()),
  get(carrier, name) {
    const values = carrier.get(name).filter((value) => typeof value === 'string');
    return values.length > 1 ? values : values[0];
  },
  set(carrier, name, value) {
    carrier.set(name, value);
  },
};

/** An attribute of a message of Amazon SQS or SNS. */
export interface SqsAttribute {
  DataType?: string | undefined;
  StringValue?: string | undefined;
}

/** The headers, properties or attributes of a message, by name. */
export type MessageCarrier = Record<string, unknown>;

/**
 * The headers of messages: texts (AMQP, NATS, Pub/Sub), bytes (Kafka), or attributes of SQS and SNS as the AWS
 * SDK and Lambda have them. Texts are written; `sqsCarrier` writes attributes.
 */
export const messageCarrier: CarrierAccess<MessageCarrier> = {
  keys: (carrier) => Object.keys(carrier),
  get: fromMessage,
  set(carrier, name, value) {
    carrier[nameOf(carrier, name)] = value;
  },
};

/**
 * Message attributes of Amazon SQS and SNS: `{ DataType: 'String', StringValue }`. A message has at most ten,
 * so nothing is written where there are ten already.
 */
export const sqsCarrier: CarrierAccess<MessageCarrier> = {
  keys: (carrier) => Object.keys(carrier),
  // Not `messageCarrier.get`: reading a property at the top keeps all of this in every bundle with a tracer.
  get: fromMessage,
  set(carrier, name, value) {
    const key = nameOf(carrier, name);
    if (!(key in carrier) && Object.keys(carrier).length >= MAX_SQS_ATTRIBUTES) return;
    carrier[key] = { DataType: 'String', StringValue: value } satisfies SqsAttribute;
  },
};

const MAX_SQS_ATTRIBUTES = 10;

/**
 * Environment variables, for what a process hands to the processes it starts: `TRACEPARENT`, `BAGGAGE`,
 * `X_B3_TRACEID`. Write into a copy of `process.env`, and hand that to the child.
 *
 * ```ts
 * const env = { ...process.env };
 * propagator.inject(contextManager.active(), env, environmentCarrier);
 * spawn('./backup.sh', { env });
 * // and in the child:
 * const context = propagator.extract(ROOT_CONTEXT, process.env, environmentCarrier);
 * ```
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/context/env-carriers/
 */
export const environmentCarrier: CarrierAccess<Record<string, string | undefined>> = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, name) => carrier[variableOf(name)],
  set(carrier, name, value) {
    carrier[variableOf(name)] = value;
  },
};

/** Upper case, with `_` for whatever is no letter and no digit, and before a digit that would come first. */
function variableOf(name: string): string {
  const variable = name.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
  return variable.charCodeAt(0) <= 57 && variable !== '' ? `_${variable}` : variable;
}

function isHeaders(carrier: HeaderCarrier): carrier is Pick<Headers, 'get' | 'set' | 'keys'> {
  return typeof carrier.get === 'function' && typeof carrier.set === 'function';
}

/** The name as the carrier spells it, for names that differ in case only. */
function nameOf(carrier: Record<string, unknown>, name: string): string {
  if (name in carrier) return name;
  const wanted = name.toLowerCase();
  for (const key of Object.keys(carrier)) {
    if (key.length === name.length && key.toLowerCase() === wanted) return key;
  }
  return name;
}

function fromMessage(carrier: MessageCarrier, name: string): string | undefined {
  return messageText(carrier[name] ?? carrier[nameOf(carrier, name)]);
}

/** The text of a header of a message, whatever the broker's client makes of it. */
function messageText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  // Kafka may carry a header several times; the last one counts, as for a key that is set twice.
  if (Array.isArray(value)) return messageText(value.at(-1));
  if (value === null || typeof value !== 'object') return undefined;
  const attribute = value as SqsAttribute & { stringValue?: unknown; Value?: unknown };
  // As sent, as Lambda hands it over, and as SNS writes it into a notification.
  const text = attribute.StringValue ?? attribute.stringValue ?? attribute.Value;
  return typeof text === 'string' ? text : undefined;
}
