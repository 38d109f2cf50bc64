import type { Baggage } from '@opentelemetry/api';
import { invalidOption } from '../../common/errors.js';
import { checkArray } from '../../common/options.js';
import type { LogStage } from '../stage.js';
import { addFields } from './add-fields.js';

/** The key under which OpenTelemetry's API keeps the baggage of a context; its keys are registered symbols. */
const BAGGAGE_KEY = /* @__PURE__ */ Symbol.for('OpenTelemetry Baggage Key');

/**
 * Fields out of the current baggage, for the option `baggage` of a logger: what a service upstream said of the
 * request, such as its tenant. Only entries that are named here, for baggage comes from outside. Fields of the
 * call hide them.
 *
 * ```ts
 * new Logger({ baggage: baggageFields(['tenant', 'session.id']) });
 * ```
 */
export function baggageFields(names: readonly string[]): LogStage {
  checkArray('baggageFields', 'names', names, (name, at) => {
    if (typeof name !== 'string' || name === '') {
      throw invalidOption('baggageFields', at, name, 'the name of a baggage entry');
    }
  });
  return {
    process(draft) {
      const baggage = draft.context?.getValue(BAGGAGE_KEY) as Baggage | undefined;
      if (baggage === undefined) return true;
      let found: Record<string, unknown> | undefined;
      for (const name of names) {
        const entry = baggage.getEntry(name);
        if (entry === undefined) continue;
        found ??= {};
        found[name] = entry.value;
      }
      if (found !== undefined) addFields(draft, found);
      return true;
    },
  };
}
