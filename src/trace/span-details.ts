import type { Attributes, Link } from '@opentelemetry/api';
import { cleanAttributes } from '../common/attributes.js';
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
  readonly events: KeptEvent[] = [];
  readonly links: Link[] = [];
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;

  get dropped(): number {
    return this.droppedAttributes + this.droppedEvents + this.droppedLinks;
  }

  addEvent(name: unknown, at: Moment, given: unknown, limits: Required<SpanLimits>): void {
    const [attributes, droppedAttributesCount] = within(given, limits, limits.attributePerEventCountLimit);
    const event = { name: textOf(name), at, attributes, droppedAttributesCount };
    this.droppedEvents += push(this.events, event, limits.eventCountLimit);
  }

  /** @throws for a link without a context: an exporter would fail on it with the whole batch. */
  addLink(given: Link, limits: Required<SpanLimits>): void {
    const context = given.context;
    if (typeof context.spanId !== 'string') throw new TypeError('it has no span id');
    const [attributes, droppedAttributesCount] = within(
      given.attributes,
      limits,
      limits.attributePerLinkCountLimit,
    );
    const link: Link = { context };
    if (given.attributes !== undefined) link.attributes = attributes;
    if (droppedAttributesCount > 0) link.droppedAttributesCount = droppedAttributesCount;
    this.droppedLinks += push(this.links, link, limits.linkCountLimit);
  }

  readEvents(anchor: TimeAnchor): TimedEvent[] {
    return this.events.map(({ at, ...event }) => ({ time: hrTimeOf(at, anchor), ...event }));
  }
}

/** Where the limit is reached the oldest goes, for the latest say more of how a span ended; how many went. */
function push<T>(list: T[], item: T, limit: number): number {
  list.push(item);
  if (list.length <= limit) return 0;
  list.shift();
  return 1;
}

/** The valid attributes, at most `count` of them, and how many were beyond that. */
function within(given: unknown, limits: Required<SpanLimits>, count: number): [Attributes, number] {
  const attributes = cleanAttributes(given, limits.attributeValueLengthLimit);
  const beyond = Object.keys(attributes).slice(count);
  for (const key of beyond) delete attributes[key];
  return [attributes, beyond.length];
}
