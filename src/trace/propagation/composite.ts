import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { Diagnostics } from '../../common/diagnostics.js';
import { checkArray, checkMethods, checkOptions } from '../../common/options.js';

export interface CompositePropagatorOptions {
  /** Asked in this order; of two that read the same thing, the later wins. */
  propagators: TextMapPropagator[];
  diagnostics?: Diagnostics;
}

/** Several propagators as one. One that throws is told of, and the others still work. */
export class CompositePropagator implements TextMapPropagator {
  readonly #propagators: readonly TextMapPropagator[];
  readonly #diagnostics: Diagnostics;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: CompositePropagatorOptions) {
    const owner = 'CompositePropagator';
    checkOptions(owner, options, ['propagators', 'diagnostics']);
    const propagators = checkArray(owner, 'propagators', options?.propagators, (propagator, path) =>
      checkMethods(owner, path, propagator, ['inject', 'extract', 'fields']),
    );
    this.#propagators = [...propagators];
    this.#diagnostics = options?.diagnostics ?? new Diagnostics();
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    for (const propagator of this.#propagators) {
      try {
        propagator.inject(context, carrier, setter);
      } catch (error) {
        this.#report(propagator, 'inject', error);
      }
    }
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    let result = context;
    for (const propagator of this.#propagators) {
      try {
        result = propagator.extract(result, carrier, getter);
      } catch (error) {
        this.#report(propagator, 'extract', error);
      }
    }
    return result;
  }

  fields(): string[] {
    return [...new Set(this.#propagators.flatMap((propagator) => propagator.fields()))];
  }

  #report(propagator: TextMapPropagator, method: string, error: unknown): void {
    const name = propagator.constructor?.name || 'a propagator';
    this.#diagnostics.report('propagator_failed', `${name}.${method}`, `${method} of ${name} failed`, error);
  }
}
