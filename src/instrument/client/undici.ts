import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TextMapSetter } from '@opentelemetry/api';
import type { HttpSignals } from '../signals.js';
import { type HttpClientOptions, HttpClientRecorder, type OutgoingCall } from './recorder.js';

/** A request of undici, as its diagnostics channels show it. */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly path: string;
  readonly method: string;
  /** A list of names and values in turn, or one text, by version. */
  readonly headers: readonly (string | Buffer | readonly string[])[] | string;
  addHeader(name: string, value: string): unknown;
}

/**
 * Watches every request that undici sends in this process: the global `fetch` of Node, and the `undici` package.
 * Each gets a CLIENT span and trace headers, each hop of a redirect its own. Nothing is patched: undici tells of
 * its requests on diagnostics channels.
 *
 * @returns A function that ends the watching.
 * @throws TelltaleError when an option is wrong.
 */
export function subscribeUndici(telemetry: HttpSignals, options?: HttpClientOptions): () => void {
  const recorder = new HttpClientRecorder('subscribeUndici', telemetry, options);
  const calls = new WeakMap<UndiciRequest, OutgoingCall>();

  function created(message: unknown): void {
    const { request } = message as { request: UndiciRequest };
    try {
      const url = new URL(request.path, request.origin);
      const call = recorder.start(request.method, url, (name) => hasHeader(request.headers, name));
      if (call === undefined) return;
      calls.set(request, call);
      recorder.inject(call, request, SETTER);
    } catch (error) {
      recorder.report('start_failed', 'a request could not be watched', error);
    }
  }
  function responded(message: unknown): void {
    const { request, response } = message as { request: UndiciRequest; response: { statusCode: number } };
    const call = calls.get(request);
    if (call !== undefined) recorder.responded(call, response.statusCode);
  }
  function failed(message: unknown): void {
    const { request, error } = message as { request: UndiciRequest; error: unknown };
    const call = calls.get(request);
    if (call !== undefined) recorder.failed(call, error);
  }

  subscribe('undici:request:create', created);
  subscribe('undici:request:headers', responded);
  subscribe('undici:request:error', failed);
  return () => {
    unsubscribe('undici:request:create', created);
    unsubscribe('undici:request:headers', responded);
    unsubscribe('undici:request:error', failed);
  };
}

const SETTER: TextMapSetter<UndiciRequest> = {
  set(request, name, value) {
    request.addHeader(name, value);
  },
};

/** `name` is in lower case. */
function hasHeader(headers: UndiciRequest['headers'], name: string): boolean {
  if (typeof headers === 'string') return `\n${headers.toLowerCase()}`.includes(`\n${name}:`);
  for (let i = 0; i < headers.length; i += 2) {
    const header = headers[i]!;
    // Most names differ in length already, so that few are ever compared.
    if (header.length === name.length && String(header).toLowerCase() === name) return true;
  }
  return false;
}
