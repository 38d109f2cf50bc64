import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Span } from '@opentelemetry/api';
import type { BodySizes } from './body-size.js';
import type { Endpoint } from './endpoints.js';

/** Tells, when a response is over, which route had matched. */
export interface RouteSource {
  /** The template of the route (`/users/:id`), or `undefined` where none matched. */
  route(request: IncomingMessage, response: ServerResponse): string | undefined;
}

/** What watches a request: the `HttpServerRecorder`, by the part that its records need. */
export interface RequestWatcher {
  finish(record: RequestRecord): void;
  resume(record: RequestRecord, fn: () => void): void;
}

/** All that is known of one request while it is being answered. */
export class RequestRecord implements BodySizes {
  route: string | undefined;
  /** Asked for the route at the end, by frameworks that only know it then. */
  routeSource: RouteSource | undefined = undefined;
  /** Whether the span does not know the route yet. */
  routeIsLate = false;
  /** Whether the last byte of the response was handed to the operating system. */
  sentWhole = false;
  error: unknown = undefined;
  received = 0;
  sent = 0;
  write: ServerResponse['write'];
  end: ServerResponse['end'];

  constructor(
    readonly watcher: RequestWatcher,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    /** Of the route that was known at the start. */
    readonly endpoint: Endpoint,
    readonly path: string,
    readonly span: Span | undefined,
    readonly context: Context,
    /** Milliseconds of the monotonic clock. */
    readonly startedAt: number,
  ) {
    this.route = endpoint.route;
    this.write = response.write;
    this.end = response.end;
  }

  get method(): string {
    return this.endpoint.method;
  }

  /** Takes a route that became known after the start; a framework that asks at the end is overruled. */
  setRoute(route: string | undefined): void {
    if (route === undefined) return;
    this.route = route;
    this.routeSource = undefined;
    this.routeIsLate = true;
  }
}

/** Registered, so that the ESM and the CJS copy of telltale find each other's records. */
const RECORD = /* @__PURE__ */ Symbol.for('telltale.http.record.1');

interface Recorded {
  [RECORD]?: RequestRecord;
}

/** The record of the request that a response answers, while one of telltale's instrumentations watches it. */
export function recordOf(response: ServerResponse): RequestRecord | undefined {
  return (response as Recorded)[RECORD];
}

export function attachRecord(response: ServerResponse, record: RequestRecord): void {
  (response as Recorded)[RECORD] = record;
}
