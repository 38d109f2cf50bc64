export const SPAN_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry Context Key SPAN');
export const PROCESS_CONTEXT = /* @__PURE__ */ Symbol.for('telltale.context.1');
