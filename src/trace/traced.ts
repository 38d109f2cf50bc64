import { type Tracer as ApiTracer, context, type Span, type SpanOptions, trace } from '@opentelemetry/api';
import { invalidOption } from '../common/errors.js';
import { checkMethods, checkOptions, checkString } from '../common/options.js';
import { endAfter } from './ending.js';
import { Tracer } from './tracer.js';

/** The span of a traced function, and who makes it. */
export interface TracedOptions extends Omit<SpanOptions, 'startTime'> {
  /** The span's name. Default: that of the function; of a method, `Class.method`. */
  name?: string;
  /** Default: the tracer `telltale` of the OpenTelemetry API's global provider, asked for at each call. */
  tracer?: ApiTracer;
}

type AnyFunction = (...args: never[]) => unknown;

/**
 * A function that does the same, in a span of its own: the span ends when the function returns, when its promise
 * settles or when its generator is exhausted, and an error that comes out is recorded on it.
 *
 * ```ts
 * const loadOrder = traced(async function loadOrder(id: string) { … }, { tracer, kind: SpanKind.CLIENT });
 * ```
 *
 * @throws TelltaleError for an option that is unknown or wrong.
 */
export function traced<F extends AnyFunction>(fn: F, options: TracedOptions = {}): F {
  if (typeof fn !== 'function') throw invalidOption('traced', 'fn', fn, 'a function');
  const { name, ...rest } = check('traced', options);
  const spanName = name ?? (fn.name || 'anonymous');
  return wrap(fn, () => spanName, rest);
}

/** A decorator for methods: by the standard (TC39, stage 3), and by TypeScript's `experimentalDecorators` too. */
export interface TracedDecorator {
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F;
  <This, F>(value: undefined, context: ClassFieldDecoratorContext<This, F>): (this: This, value: F) => F;
  <T>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<T>): void;
}

/**
 * Traces a method, as `traced` does a function. Works on fields that hold a function too.
 *
 * ```ts
 * class Orders {
 *   @Traced() async load(id: string) { … }              // a span "Orders.load"
 *   @Traced({ name: 'place order', tracer }) place() { … }
 * }
 * ```
 *
 * @throws TelltaleError for an option that is unknown or wrong, and on what is neither method nor field.
 */
export function Traced(options: string | TracedOptions = {}): TracedDecorator {
  const { name, ...rest } = check('Traced', typeof options === 'string' ? { name: options } : options);
  const decorate = (fn: unknown, key: string | symbol): AnyFunction => {
    const method = String(typeof key === 'symbol' ? key.description : key);
    return wrap(fn as AnyFunction, (self) => name ?? withClass(self, method), rest);
  };
  const decorator = (
    target: unknown,
    key: string | symbol | { kind: string; name: string | symbol },
    descriptor?: TypedPropertyDescriptor<unknown>,
  ): unknown => {
    if (typeof key === 'object') {
      if (key.kind === 'method') return decorate(target, key.name);
      if (key.kind === 'field') {
        return (value: unknown) => (typeof value === 'function' ? decorate(value, key.name) : value);
      }
    } else if (typeof descriptor?.value === 'function') {
      descriptor.value = decorate(descriptor.value, key);
      return descriptor;
    }
    const what = typeof key === 'object' ? key.kind : 'property';
    throw invalidOption('Traced', 'target', what, 'a method, or a field that holds a function');
  };
  return decorator as TracedDecorator;
}

function check(owner: string, options: TracedOptions): TracedOptions {
  checkOptions(owner, options, ['name', 'tracer', 'kind', 'attributes', 'links', 'root']);
  checkString(owner, 'name', options.name, '');
  if (options.tracer !== undefined) checkMethods(owner, 'tracer', options.tracer, ['startActiveSpan']);
  return options;
}

function wrap<F extends AnyFunction>(fn: F, nameOf: (self: unknown) => string, options: TracedOptions): F {
  const { tracer, ...spanOptions } = options;
  const call = fn as unknown as (...args: unknown[]) => unknown;
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const from = tracer ?? trace.getTracer('telltale');
    return traceBy(from, nameOf(this), spanOptions, () => call.apply(this, args));
  };
  // Whatever else hangs on the function, and its name and length, which frameworks look at.
  return Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(fn)) as unknown as F;
}

/** `Tracer.trace`, by whoever's tracer it is. */
function traceBy<R>(tracer: ApiTracer, name: string, options: SpanOptions, fn: (span: Span) => R): R {
  if (tracer instanceof Tracer) return tracer.trace(name, options, fn);
  return tracer.startActiveSpan(name, options, (span) => {
    const within = context.active();
    return endAfter(span, fn, (step) => context.with(within, step));
  });
}

function withClass(self: unknown, method: string): string {
  const owner = typeof self === 'function' ? self : (self as object | null | undefined)?.constructor;
  return owner?.name ? `${owner.name}.${method}` : method;
}
