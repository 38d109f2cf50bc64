import type { Context, ContextManager, Span } from '@opentelemetry/api';

/**
 * The keys of `common/context.ts`, which are registered symbols. Reading by them, and not by the class there,
 * keeps the class out of a bundle of the logger alone (0.7 kB of its 6 kB).
 */
const SPAN_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry Context Key SPAN');
const PROCESS_CONTEXT = /* @__PURE__ */ Symbol.for('telltale.context.1');

/** The context manager of the process, where somebody made one; until then nothing is current. */
export const processContexts = {
  active(): Context {
    const holder = globalThis as { [PROCESS_CONTEXT]?: ContextManager };
    return holder[PROCESS_CONTEXT]?.active() ?? NOTHING_CURRENT;
  },
};

const NOTHING_CURRENT = { getValue: () => undefined } as unknown as Context;

/** The span that is current in a context, whoever made the context. */
export function spanOf(context: Context): Span | undefined {
  return context.getValue(SPAN_KEY) as Span | undefined;
}
