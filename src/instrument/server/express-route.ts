import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExpressApp, fits, mountTemplate } from './express-mounts.js';
import type { RequestRecord, RouteSource } from './record.js';

/** A request as Express makes it, as far as it matters here. */
interface ExpressRequest {
  readonly baseUrl?: string;
  readonly app?: ExpressApp;
  readonly next?: unknown;
  readonly url?: string;
  [WATCH]?: ExpressRouteWatch;
}

/** The part of an Express `Route` that is documented: its path as the user wrote it. */
interface ExpressRoute {
  readonly path?: unknown;
}

const WATCH = /* @__PURE__ */ Symbol('telltale.express.route');

/**
 * Notes each route that Express matches, at the moment when it does: afterwards, in error handlers, the mount
 * path is gone from the request. The last route that matched is the route of the request.
 */
class ExpressRouteWatch implements RouteSource {
  matched: ExpressRoute | undefined = undefined;
  #baseUrl = '';
  #url = '';
  #app: ExpressApp | undefined;

  constructor(
    readonly record: RequestRecord,
    /** The app in which the request was first seen. */
    readonly root: ExpressApp | undefined,
  ) {}

  matchedRoute(request: ExpressRequest, route: ExpressRoute | undefined): void {
    this.matched = route;
    this.#baseUrl = request.baseUrl ?? '';
    this.#url = request.url ?? '';
    this.#app = request.app;
  }

  route(request: IncomingMessage, response: ServerResponse): string | undefined {
    const { matched } = this;
    if (matched === undefined || matched === null) return undefined;
    // Express has left its outermost router (`next` is put back then) and nobody failed: every route that
    // matched had passed the request on, and Express's own "not found" has answered.
    const left = (request as ExpressRequest).next === undefined;
    if (left && response.statusCode === 404 && this.record.error === undefined) return undefined;

    const prefix = this.#prefixOf(matched);
    if (prefix === undefined) return undefined;
    const path = leafOf(matched.path, this.#url);
    return (path === '/' ? prefix : prefix + path) || '/';
  }

  /** The template of the mounts around a route. */
  #prefixOf(route: ExpressRoute): string | undefined {
    const baseUrl = this.#baseUrl;
    const app = this.#app;
    if (baseUrl === '') return '';
    if (app === undefined) return undefined;
    const known = prefixes.get(route) ?? [];
    if (known.includes(baseUrl)) return baseUrl;
    const fitting = known.find((template) => fits(template, baseUrl));
    if (fitting !== undefined) return fitting;

    const template = mountTemplate(app, this.root ?? app, route, baseUrl);
    if (template !== undefined && known.length < MAX_PREFIXES && !known.includes(template)) {
      known.push(template);
      prefixes.set(route, known);
    }
    return template;
  }
}

/** Watches which routes a request meets, from the middleware on in which this is called. */
export function watchExpressRoute(request: IncomingMessage, record: RequestRecord): void {
  const watch = new ExpressRouteWatch(record, (request as ExpressRequest).app);
  const given = (request as { route?: ExpressRoute }).route;
  if (given !== undefined) watch.matchedRoute(request as ExpressRequest, given);
  (request as ExpressRequest)[WATCH] = watch;
  record.routeSource = watch;
  Object.defineProperty(request, 'route', ROUTE);
}

/** `req.route`, which Express sets when a route matches; for everybody else it is as it was. */
const ROUTE: PropertyDescriptor & ThisType<ExpressRequest> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[WATCH]?.matched;
  },
  set(route: ExpressRoute | undefined) {
    this[WATCH]?.matchedRoute(this, route);
  },
};

/** Templates under which a route was reached so far; a route hangs in one place, or very few. */
const prefixes = /* @__PURE__ */ new WeakMap<object, string[]>();
const MAX_PREFIXES = 50;

/** The path of the route itself. Of several paths, the one that the request has the shape of. */
function leafOf(path: unknown, url: string): string {
  if (!Array.isArray(path)) return String(path);
  const question = url.indexOf('?');
  const asked = question === -1 ? url : url.slice(0, question);
  const paths = (path as unknown[]).flat(Number.POSITIVE_INFINITY);
  const fitting = paths.find((candidate) =>
    candidate instanceof RegExp ? candidate.test(asked) : fits(String(candidate), asked),
  );
  return fitting === undefined ? paths.join('|') : String(fitting);
}
