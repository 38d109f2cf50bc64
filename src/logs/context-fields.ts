import { Bindings } from './bindings.js';

/** The fields that `withContext` puts into a context. Registered, so that every copy of telltale sees the same. */
export const FIELDS_KEY = /* @__PURE__ */ Symbol.for('telltale.log.fields.1');

/** Fields that every line logged in a context carries, whichever logger writes it. */
export interface ContextFields {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The bindings of a logger with these fields behind them. */
  under(bindings: Bindings): Bindings;
}

export function contextFields(fields: Readonly<Record<string, unknown>>): ContextFields {
  const joined = new WeakMap<Bindings, Bindings>();
  return {
    fields,
    under(bindings) {
      let both = joined.get(bindings);
      if (both === undefined) {
        const { source, stages } = bindings;
        both = new Bindings(source, stages, {}, bindings, new Bindings(source, stages, fields));
        joined.set(bindings, both);
      }
      return both;
    },
  };
}
