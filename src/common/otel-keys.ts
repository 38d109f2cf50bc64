import type { ContextManager } from '@opentelemetry/api';

export const SPAN_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry Context Key SPAN');
/** Where version 1 of OpenTelemetry's API keeps the providers and managers that were registered with it. */
export const API_GLOBALS = /* @__PURE__ */ Symbol.for('opentelemetry.js.api.1');
const PROCESS_CONTEXT = /* @__PURE__ */ Symbol.for('telltale.context.2');

/** Where the context manager of this process stands, as soon as somebody has made one. */
export interface ContextPlace {
  manager: Pick<ContextManager, 'active'> | undefined;
}

/**
 * The one place for it in this process, under a registered symbol, so that the ESM and the CJS copy of telltale know
 * the same. Who asks often keeps the place: looking for the symbol takes 25 ns.
 */
export function contextPlace(): ContextPlace {
  const holder = globalThis as { [PROCESS_CONTEXT]?: ContextPlace };
  holder[PROCESS_CONTEXT] ??= { manager: undefined };
  return holder[PROCESS_CONTEXT];
}

/**
 * A method of telltale's spans: puts the hex digits of its trace's id, its own and its flags into `bytes`, and
 * says whether it did. A logger calls it by this name, for the pillars do not know one another.
 */
export const PUT_IDS = /* @__PURE__ */ Symbol.for('telltale.span.putIds.1');

/** A span that may have the method. */
export interface IdBearer {
  [PUT_IDS]?(bytes: Uint8Array, traceAt: number, spanAt: number, flagsAt: number): boolean;
}
