import type { IncomingMessage, ServerResponse } from 'node:http';
import { watchExpressRoute } from './server/express-route.js';
import type { HttpServerOptions } from './server/options.js';
import { recordOf } from './server/record.js';
import { HttpServerRecorder } from './server/recorder.js';
import type { HttpSignals } from './signals.js';

export type { IgnoreRules } from './ignore.js';
export type { HttpServerOptions } from './server/options.js';
export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';

/** Express's `NextFunction`. */
export type ExpressNext = (error?: unknown) => void;

/** A middleware that fits Express 4 and 5. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: ExpressNext,
) => void;

/**
 * Middleware for Express 4 and 5: a span, metrics and a log line for every request that passes it. Put it
 * before everything else.
 *
 * ```ts
 * const app = express();
 * app.use(telltaleExpress(telemetry, { ignore: ['/healthz', '/metrics'] }));
 * app.get('/users/:id', …);
 * app.use(recordExpressErrors);
 * ```
 *
 * Spans are named by the matched route, `GET /users/:id`, with the paths of the routers and apps in which it is
 * nested. A request that no route answered has no `http.route`, and the metric label `unmatched`.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function telltaleExpress(telemetry: HttpSignals, options?: HttpServerOptions): ExpressMiddleware {
  const recorder = new HttpServerRecorder('telltaleExpress', telemetry, options);

  return function telltale(request, response, next) {
    const record = recorder.start(request, response);
    if (record === undefined) {
      // Already watched, by `instrumentServer`: there the route is not known, here it is.
      const outer = recordOf(response);
      if (outer !== undefined && outer.routeSource === undefined) watchExpressRoute(request, outer);
      next();
      return;
    }
    watchExpressRoute(request, record);
    recorder.run(record, next);
  };
}

/**
 * An error handler for Express that notes what handlers threw, rejected with or passed to `next`, so that the
 * span holds the exception and the log line its stack; then it passes the error on. Put it after the routes and
 * before error handlers of your own. Without it the span of a failed request only knows its status.
 */
export function recordExpressErrors(
  error: unknown,
  _request: IncomingMessage,
  response: ServerResponse,
  next: ExpressNext,
): void {
  const record = recordOf(response);
  if (record !== undefined) record.error = error;
  next(error);
}
