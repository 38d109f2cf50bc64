import type { Attributes, Context, Span, SpanKind } from '@opentelemetry/api';
import type { Timer } from '../../common/clock.js';
import { TelltaleError } from '../../common/errors.js';
import { checkNumber, checkOptions, checkString } from '../../common/options.js';
import { withSpan } from '../../common/with-span.js';
import { type HttpSignals, resolveSignals, type Signals } from '../signals.js';
import { OUTCOME_ATTRIBUTE, type Outcome } from './outcome.js';

export interface TransactionOptions {
  attributes?: Attributes;
  /** Default: internal. */
  kind?: SpanKind;
  /** Below which span, and with which baggage. Default: what is current. */
  context?: Context;
  /** Begins a trace of its own. Default false: a transaction within a request belongs to its trace. */
  root?: boolean;
  /** Milliseconds after which the transaction ends by itself, as `timeout`. Default: never. */
  timeout?: number;
}

/** OpenTelemetry's `SpanStatusCode.ERROR`. */
const ERROR = 2;

/** In a context: that the span which starts in it begins a transaction. */
export const TRANSACTION_KEY = /* @__PURE__ */ Symbol.for('telltale.transaction.1');

/** A piece of work with a name, a beginning, an end and an outcome: a span, for those who think in transactions. */
export class Transaction {
  readonly name: string;
  readonly span: Span;
  /** With the transaction's span current. */
  readonly context: Context;
  readonly #signals: Signals;
  readonly #timer: Timer | undefined;
  #outcome: Outcome | undefined;

  /** @internal Use `startTransaction`. */
  constructor(signals: Signals, name: string, span: Span, context: Context, timeout: number) {
    this.name = name;
    this.span = span;
    this.context = context;
    this.#signals = signals;
    this.#timer =
      timeout === Infinity ? undefined : signals.clock.setTimeout(() => this.end('timeout'), timeout);
  }

  /** The id to quote: that of its trace, by which logs and spans are found. */
  get id(): string {
    return this.span.spanContext().traceId;
  }

  /** How it ended; `undefined` while it has not. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Calls a function as a part of the transaction: spans and log lines within belong to it. */
  run<R>(fn: () => R): R {
    return this.#signals.contextManager.with(this.context, fn);
  }

  /** Ends it; only the first end counts. `error` is what it failed with. */
  end(outcome: Outcome = 'success', error?: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#timer?.cancel();
    const { span } = this;
    if (error !== undefined) span.recordException(error as Error);
    span.setAttribute(OUTCOME_ATTRIBUTE, outcome);
    if (outcome !== 'success') {
      if (outcome === 'timeout') span.setAttribute('error.type', 'timeout');
      span.setStatus({ code: ERROR });
    }
    span.end();
  }
}

/**
 * Begins a transaction.
 *
 * ```ts
 * const transaction = startTransaction(telemetry, 'import orders', { timeout: 60_000 });
 * try {
 *   await transaction.run(() => importOrders());
 *   transaction.end();
 * } catch (error) {
 *   transaction.end('failure', error);
 * }
 * ```
 *
 * @throws TelltaleError when an option is wrong, or `telemetry` has no tracer.
 */
export function startTransaction(
  telemetry: HttpSignals,
  name: string,
  options: TransactionOptions = {},
): Transaction {
  const owner = 'startTransaction';
  const given = checkOptions(owner, options, ['attributes', 'kind', 'context', 'root', 'timeout']);
  const signals = resolveSignals(owner, telemetry);
  const { tracer, contextManager } = signals;
  if (tracer === undefined) {
    throw new TelltaleError(
      `${owner}: telemetry.tracer is undefined; accepted: a tracer`,
      'telemetry.tracer',
    );
  }
  checkString(owner, 'name', name ?? (null as never), '');
  const timeout = checkNumber(owner, 'timeout', given.timeout, Infinity, { min: 0 });
  const current = given.context ?? contextManager.active();
  const parent = given.root === true ? withSpan(current, undefined) : current;
  const { attributes, kind } = given;
  const span = tracer.startSpan(
    name,
    { ...(attributes === undefined ? {} : { attributes }), ...(kind === undefined ? {} : { kind }) },
    parent.setValue(TRANSACTION_KEY, true),
  );
  return new Transaction(signals, name, span, withSpan(parent, span), timeout);
}
