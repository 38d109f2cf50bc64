import {
  type Baggage,
  type BaggageEntry,
  baggageEntryMetadataFromString,
  type Context,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { headerText, trimmed } from './header.js';

const BAGGAGE = 'baggage';
/** The limits of the specification: members, bytes a member, bytes in all. Texts are ASCII once encoded. */
const MAX_MEMBERS = 180;
const MAX_MEMBER_BYTES = 4096;
const MAX_BYTES = 8192;
/** A key is an HTTP token; a value any printable ASCII but white space, quote, comma, semicolon, backslash. */
const KEY = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[!#-+\--:<-[\]-~]*$/;
const METADATA = /^[ -+\--~]*$/;

/**
 * Carries the baggage of a context from service to service in the header `baggage`. Members that are not as
 * the specification says are left out, and so is what goes beyond its limits (180 members, 4,096 bytes each,
 * 8,192 bytes in all), in both directions.
 *
 * Specification: https://www.w3.org/TR/baggage/
 */
export class W3CBaggagePropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const baggage = propagation.getBaggage(context);
    if (baggage === undefined || isTelemetrySuppressed(context)) return;
    const header = serialize(baggage);
    if (header !== '') setter.set(carrier, BAGGAGE, header);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const text = headerText(getter.get(carrier, BAGGAGE));
    if (text === undefined) return context;
    const entries = parse(text);
    return entries.size === 0
      ? context
      : propagation.setBaggage(context, propagation.createBaggage(Object.fromEntries(entries)));
  }

  fields(): string[] {
    return [BAGGAGE];
  }
}

function serialize(baggage: Baggage): string {
  let header = '';
  let members = 0;
  for (const [key, entry] of baggage.getAllEntries()) {
    const member = serializeMember(key, entry);
    if (member === undefined || member.length > MAX_MEMBER_BYTES) continue;
    const added = header === '' ? member : `,${member}`;
    if (header.length + added.length > MAX_BYTES) continue;
    header += added;
    if (++members === MAX_MEMBERS) break;
  }
  return header;
}

/** A member of the header, or `undefined` for an entry that no header can carry. */
function serializeMember(key: string, entry: BaggageEntry): string | undefined {
  try {
    // Parentheses are no token characters, but `encodeURIComponent` lets them be.
    const name = encodeURIComponent(key).replaceAll('(', '%28').replaceAll(')', '%29');
    if (name === '') return undefined;
    const member = `${name}=${encodeURIComponent(entry.value)}`;
    const metadata = entry.metadata?.toString() ?? '';
    // Metadata is passed on as it came: a comma or a line break in it would break the header.
    return metadata !== '' && METADATA.test(metadata) ? `${member};${metadata}` : member;
  } catch {
    return undefined; // half of a surrogate pair
  }
}

function parse(text: string): Map<string, BaggageEntry> {
  const entries = new Map<string, BaggageEntry>();
  let bytes = 0;
  let start = 0;
  // Read piece by piece: a header of a megabyte costs no more than the part of it that counts.
  while (start < text.length && bytes < MAX_BYTES && entries.size < MAX_MEMBERS) {
    let end = text.indexOf(',', start);
    if (end < 0) end = text.length;
    const length = end - start;
    if (length <= MAX_MEMBER_BYTES && bytes + length <= MAX_BYTES) {
      addMember(entries, text.slice(start, end));
    }
    bytes += length + 1;
    start = end + 1;
  }
  return entries;
}

function addMember(entries: Map<string, BaggageEntry>, member: string): void {
  const semicolon = member.indexOf(';');
  const pair = semicolon < 0 ? member : member.slice(0, semicolon);
  const equals = pair.indexOf('=');
  const key = trimmed(pair.slice(0, Math.max(0, equals)));
  const value = trimmed(pair.slice(equals + 1));
  if (!KEY.test(key) || !VALUE.test(value)) return;
  const metadata = semicolon < 0 ? '' : trimmed(member.slice(semicolon + 1));
  const entry: BaggageEntry = { value: decoded(value) };
  if (metadata !== '') entry.metadata = baggageEntryMetadataFromString(metadata);
  entries.set(decoded(key), entry);
}

/** Percent-decoded; what cannot be decoded is passed on as it stands. */
function decoded(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return text;
  }
}
