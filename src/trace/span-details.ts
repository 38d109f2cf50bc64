import type { Attributes, HrTime, Link } from '@opentelemetry/api';
import { cleanAttributes } from '../common/attributes.js';
import type { TimedEvent } from './readable-span.js';
import type { SpanLimits } from './span-limits.js';
import { textOf } from './text.js';

/** What few spans have, so that the many others need no fields for it. */
export class SpanDetails {
  readonly events: TimedEvent[] = [];
  readonly links: Link[] = [];
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;

  get dropped(): number {
    return this.droppedAttributes + this.droppedEvents + this.droppedLinks;
  }

  addEvent(name: unknown, time: HrTime, given: unknown, limits: Required<SpanLimits>): void {
    const kept = within(given, limits, limits.attributePerEventCountLimit);
    this.droppedEvents += push(this.events, { time, name: textOf(name), ...kept }, limits.eventCountLimit);
  }

  /** @throws for a link without a context: an exporter would fail on it with the whole batch. */
  addLink(given: Link, limits: Required<SpanLimits>): void {
    const context = given.context;
    if (typeof context.spanId !== 'string') throw new TypeError('it has no span id');
    const kept = given.attributes && within(given.attributes, limits, limits.attributePerLinkCountLimit);
    this.droppedLinks += push(this.links, { context, ...kept }, limits.linkCountLimit);
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
function within(
  given: unknown,
  limits: Required<SpanLimits>,
  count: number,
): { attributes: Attributes; droppedAttributesCount: number } {
  const attributes = cleanAttributes(given, limits.attributeValueLengthLimit);
  const beyond = Object.keys(attributes).slice(count);
  for (const key of beyond) delete attributes[key];
  return { attributes, droppedAttributesCount: beyond.length };
}
