import root from 'otlp-schema/build/src/generated/root.js';

/** A message of OTLP as its JSON mapping shows it. */
export type Json = { [name: string]: Json } & Json[];

interface MessageType {
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): Record<string, unknown>;
}

const collector = (
  root as unknown as {
    opentelemetry: { proto: { collector: Record<string, { v1: Record<string, MessageType> }> } };
  }
).opentelemetry.proto.collector;

const types = {
  traces: collector.trace!.v1.ExportTraceServiceRequest!,
  logs: collector.logs!.v1.ExportLogsServiceRequest!,
  metrics: collector.metrics!.v1.ExportMetricsServiceRequest!,
};

/**
 * Decodes with the classes that protobufjs generated from the official schema, and shows the message as OTLP's
 * JSON does: ids in hexadecimal, 64-bit integers as text, enums as numbers.
 */
export function decodeOfficially(signal: keyof typeof types, bytes: Uint8Array): Json {
  const type = types[signal];
  return otlpJson(type.toObject(type.decode(bytes), { longs: String, json: true })) as Json;
}

function otlpJson(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString(/^(trace|span|parentSpan)Id$/.test(name) ? 'hex' : 'base64');
  }
  if (Array.isArray(value)) return value.map((item) => otlpJson(item));
  if (typeof value === 'number') return value + 0; // our JSON does not keep the sign of zero
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, otlpJson(inner, key)]));
}
