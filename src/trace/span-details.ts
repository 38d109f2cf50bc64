import type { Attributes, HrTime, Link } from '@opentelemetry/api';
import { attributeValue } from '../common/attributes.js';
import type { TimedEvent } from './readable-span.js';
import type { SpanLimits } from './span-limits.js';
import { hrTimeOf, type Moment, type TimeAnchor } from './span-time.js';
import { textOf } from './text.js';

interface KeptEvent {
  readonly name: string;
  readonly at: Moment;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
}

/** What few spans have, so that the many others need no fields for it. */
export class SpanDetails {
  statusMessage: string | undefined = undefined;
  readonly links: Link[] = [];
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  readonly #events: KeptEvent[] = [];
  /** Length of the texts among the attributes of events and links. */
  #text = 0;

  addEvent(name: unknown, at: Moment, given: unknown, limits: Required<SpanLimits>): void {
    if (!makeRoom(this.#events, limits.eventCountLimit)) this.droppedEvents++;
    if (limits.eventCountLimit === 0) return;
    const [attributes, droppedAttributesCount, text] = within(
      given,
      limits.attributePerEventCountLimit,
      limits.attributeValueLengthLimit,
    );
    this.#text += text;
    this.#events.push({ name: textOf(name), at, attributes, droppedAttributesCount });
  }

  addLink(given: Link, limits: Required<SpanLimits>): void {
    if (!makeRoom(this.links, limits.linkCountLimit)) this.droppedLinks++;
    if (limits.linkCountLimit === 0) return;
    const [attributes, droppedAttributesCount, text] = within(
      given.attributes,
      limits.attributePerLinkCountLimit,
      limits.attributeValueLengthLimit,
    );
    this.#text += text;
    const link: Link = { context: given.context };
    if (given.attributes !== undefined) link.attributes = attributes;
    if (droppedAttributesCount > 0) link.droppedAttributesCount = droppedAttributesCount;
    this.links.push(link);
  }

  /** Roughly how many bytes this holds on to. */
  get size(): number {
    return 200 * (this.#events.length + this.links.length) + this.#text;
  }

  readEvents(anchor: TimeAnchor): TimedEvent[] {
    return this.#events.map(({ name, at, attributes, droppedAttributesCount }) => {
      const time: HrTime = hrTimeOf(at, anchor);
      return { name, time, attributes, droppedAttributesCount };
    });
  }
}

/** Stands in for the details of a span that has none. */
export const droppedNothing = { droppedAttributes: 0, droppedEvents: 0, droppedLinks: 0 };

/** Lets the oldest go where the limit is reached; the latest say more of how a span ended. */
function makeRoom(list: unknown[], limit: number): boolean {
  if (list.length < limit) return true;
  if (limit > 0) list.shift();
  return false;
}

/** The valid attributes, at most `limit` of them; how many were beyond it; and the length of their texts. */
function within(given: unknown, limit: number, maxLength: number): [Attributes, number, number] {
  const attributes: Attributes = {};
  let kept = 0;
  let dropped = 0;
  let text = 0;
  if (given === null || typeof given !== 'object') return [attributes, dropped, text];
  try {
    for (const key of Object.keys(given)) {
      const value = attributeValue((given as Record<string, unknown>)[key], maxLength);
      if (value === undefined || key === '') continue;
      if (kept >= limit) {
        dropped++;
        continue;
      }
      kept++;
      attributes[key] = value;
      if (typeof value === 'string') text += value.length;
    }
  } catch {
    // A getter or a proxy threw: what was read before it stays.
  }
  return [attributes, dropped, text];
}
