export const SPAN_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry Context Key SPAN');
/** Where version 1 of OpenTelemetry's API keeps the providers and managers that were registered with it. */
export const API_GLOBALS = /* @__PURE__ */ Symbol.for('opentelemetry.js.api.1');
export const PROCESS_CONTEXT = /* @__PURE__ */ Symbol.for('telltale.context.1');
/**
 * A method of telltale's spans: puts the hex digits of its trace's id, its own and its flags into `bytes`, and
 * says whether it did. A logger calls it by this name, for the pillars do not know one another.
 */
export const PUT_IDS = /* @__PURE__ */ Symbol.for('telltale.span.putIds.1');

/** A span that may have the method. */
export interface IdBearer {
  [PUT_IDS]?(bytes: Uint8Array, traceAt: number, spanAt: number, flagsAt: number): boolean;
}
