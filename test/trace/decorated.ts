import type { Traced as TracedFunction, Tracer } from '../../src/trace/index.js';

/** Classes with decorators. The compiler checks them as they stand; the test makes JavaScript of them and runs it. */
export function orders(Traced: typeof TracedFunction, tracer: Tracer) {
  class Orders {
    prefix = 'order';

    @Traced({ tracer })
    async load(id: number): Promise<string> {
      return `${this.prefix} ${id}`;
    }

    @Traced({ tracer, name: 'place order' })
    place(): string {
      return this.prefix;
    }

    @Traced({ tracer })
    static all(): Orders[] {
      return [new Orders()];
    }
  }
  return Orders;
}

export function carts(Traced: typeof TracedFunction, tracer: Tracer) {
  class Carts {
    tax = 1;

    @Traced({ tracer })
    total = (price: number): number => price + this.tax;
  }
  return Carts;
}
