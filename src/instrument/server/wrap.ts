import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { checkFunction, checkMethods } from '../../common/options.js';
import type { HttpSignals } from '../signals.js';
import type { HttpServerOptions } from './options.js';
import { recordOf } from './record.js';
import { HttpServerRecorder } from './recorder.js';

/** Where a plain server says which route of its own a request took. */
export interface HttpHandlerOptions extends HttpServerOptions {
  /**
   * The template of the route that a request takes (`/users/:id`), or `undefined` for none. It has to come
   * from a bounded set: never return the path itself. Default: `setHttpRoute` tells, or nobody.
   */
  route?: (request: IncomingMessage) => string | undefined;
}

/**
 * Wraps a handler of `node:http` so that each of its requests has a span, metrics and a log line.
 *
 * ```ts
 * http.createServer(instrumentHandler((request, response) => { … }, telemetry)).listen(8080);
 * ```
 *
 * What the handler throws, or rejects with, is recorded and goes on to where it would have gone.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function instrumentHandler<
  Request extends IncomingMessage = IncomingMessage,
  Response extends ServerResponse = ServerResponse & { req: IncomingMessage },
  Result = unknown,
>(
  handler: (request: Request, response: Response) => Result,
  telemetry: HttpSignals,
  options?: HttpHandlerOptions,
): (request: Request, response: Response) => Result {
  checkFunction('instrumentHandler', 'handler', handler);
  const { recorder, routeOf } = prepare('instrumentHandler', telemetry, options);

  return function instrumented(this: unknown, request: Request, response: Response): Result {
    const record = recorder.start(request, response, routeOf(request));
    if (record === undefined) return handler.call(this, request, response);
    return recorder.run(record, () => {
      try {
        const result = handler.call(this, request, response);
        return isPromise(result) ? (result.catch(noteAndThrow) as Result) : result;
      } catch (error) {
        return noteAndThrow(error);
      }
    });

    function noteAndThrow(error: unknown): never {
      record!.error = error;
      throw error;
    }
  };
}

/**
 * Watches every request of a server that exists already, whoever handles it, and returns that server. Its
 * listeners are left as they are; of the server's methods only this one object's `emit` is wrapped.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function instrumentServer<Instrumented extends Pick<Server, 'emit'>>(
  server: Instrumented,
  telemetry: HttpSignals,
  options?: HttpHandlerOptions,
): Instrumented {
  checkMethods('instrumentServer', 'server', server, ['emit']);
  const { recorder, routeOf } = prepare('instrumentServer', telemetry, options);
  const emit = server.emit as (event: string | symbol, ...args: unknown[]) => boolean;

  function instrumentedEmit(this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'request') return emit.call(this, event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const record = recorder.start(request, response, routeOf(request));
    if (record === undefined) return emit.call(this, event, ...args);
    return recorder.run(record, () => emit.call(this, event, ...args));
  }
  server.emit = instrumentedEmit as Instrumented['emit'];
  return server;
}

/** Says which route of a router of your own a request took: `setHttpRoute(response, '/users/:id')`. */
export function setHttpRoute(response: ServerResponse, route: string): void {
  recordOf(response)?.setRoute(route);
}

/** Notes the error by which a request failed, where the handler catches it itself. */
export function recordHttpError(response: ServerResponse, error: unknown): void {
  const record = recordOf(response);
  if (record !== undefined) record.error = error;
}

function prepare(owner: string, telemetry: HttpSignals, options: HttpHandlerOptions = {}) {
  const { route, ...rest } = options;
  checkFunction(owner, 'route', route);
  const recorder = new HttpServerRecorder(owner, telemetry, rest);
  return {
    recorder,
    routeOf(request: IncomingMessage): string | undefined {
      if (route === undefined) return undefined;
      try {
        const found = route(request);
        return typeof found === 'string' && found !== '' ? found : undefined;
      } catch (error) {
        recorder.report('hook_failed', 'route threw', error);
        return undefined;
      }
    },
  };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.catch === 'function';
}
