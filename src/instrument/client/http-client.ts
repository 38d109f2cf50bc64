import { errorMonitor } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import type { TextMapSetter } from '@opentelemetry/api';
import type { HttpSignals } from '../signals.js';
import { type HttpClientOptions, HttpClientRecorder, type OutgoingCall } from './recorder.js';

/** `request` of `node:http` or `node:https`, whatever it is called with. */
type Send = (...args: unknown[]) => ClientRequest;

/**
 * Watches every request that is sent with `node:http` and `node:https`, by the libraries built on them too:
 * each gets a CLIENT span and trace headers. Node tells of such a request only when its head is already written,
 * so `request` and `get` of both modules are replaced, in this process, until the returned function is called.
 *
 * Requests whose headers are given as a flat array, or that expect `100-continue`, are written by Node at once:
 * they get a span, but no trace headers.
 *
 * @returns A function that puts the originals back.
 * @throws TelltaleError when an option is wrong.
 */
export function instrumentHttpClient(telemetry: HttpSignals, options?: HttpClientOptions): () => void {
  const recorder = new HttpClientRecorder('instrumentHttpClient', telemetry, options);
  let active = true;

  function wrap(module: { request: unknown; get: unknown }): () => void {
    const { request, get } = module;
    function tracedRequest(this: unknown, ...args: unknown[]): ClientRequest {
      const made = (request as Send).apply(this, args);
      if (active) trace(recorder, made);
      return made;
    }
    function tracedGet(this: unknown, ...args: unknown[]): ClientRequest {
      const made = tracedRequest.apply(this, args);
      made.end();
      return made;
    }
    module.request = tracedRequest;
    module.get = tracedGet;
    return () => {
      // Somebody who has wrapped these functions since then goes on; ours do nothing any more.
      if (module.request === tracedRequest) module.request = request;
      if (module.get === tracedGet) module.get = get;
    };
  }

  const restoreHttp = wrap(http);
  const restoreHttps = wrap(https);
  syncBuiltinESMExports();
  return () => {
    active = false;
    restoreHttp();
    restoreHttps();
    syncBuiltinESMExports();
  };
}

/** Makes the span of a request that was made but whose head was not sent yet. */
function trace(recorder: HttpClientRecorder, request: ClientRequest): void {
  try {
    const host = request.getHeader('host') ?? request.host;
    const url = `${request.protocol}//${String(host)}${request.path}`;
    const call = recorder.start(request.method, url, (name) => request.hasHeader(name));
    if (call === undefined) return;
    if (!request.headersSent) recorder.inject(call, request, SETTER);
    follow(recorder, request, call);
  } catch (error) {
    recorder.report('start_failed', 'a request could not be watched', error);
  }
}

function follow(recorder: HttpClientRecorder, request: ClientRequest, call: OutgoingCall): void {
  request.prependOnceListener('response', (response: IncomingMessage) => {
    recorder.responded(call, response.statusCode ?? 0);
    // Node throws a response away that nobody listens for; with this listener it believes that somebody does.
    if (request.listenerCount('response') === 0) response.resume();
  });
  // Unlike 'error', this does not make an error handled that the user has not handled.
  request.once(errorMonitor, (error: unknown) => recorder.failed(call, error));
  // An upgrade or a tunnel: there was a response, but no 'response'.
  request.once('close', () => recorder.closed(call));
}

const SETTER: TextMapSetter<ClientRequest> = {
  set(request, name, value) {
    request.setHeader(name, value);
  },
};
