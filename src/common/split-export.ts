import type { ExportAnswer, ExportFunction } from './batch-queue-options.js';
import { messageOf } from './diagnostics.js';
import { POISONED, RetryableExportError } from './export.js';
import { retryAfterOf } from './retry.js';

/** What became of the items of one request, where the back end says it item by item. */
export interface PartAnswer<T> {
  /** Refused for good, and why. */
  refused?: readonly Refusal<T>[];
  /** Not taken now, but perhaps later. */
  again?: readonly T[];
  /** How many were refused, where the back end does not say which. */
  rejected?: number;
}

export interface Refusal<T> {
  readonly item: T;
  readonly error: unknown;
}

export interface SplitExportOptions<T> {
  /** Sends some of a batch in one request; rejects as the export of a `BatchQueue` does. */
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what an async function without a return answers
  send: (items: T[], signal?: AbortSignal) => Promise<PartAnswer<T> | void>;
  /** Told of each item that is given up for good. What it throws is passed over. */
  setAside?: (item: T, error: unknown) => void;
  /** Requests that one attempt may spend on looking for what is wrong. Default 64. */
  maxRequests?: number;
}

/**
 * Makes an export that one bad item cannot block. Where the back end refuses a request for its content, the
 * request is halved until the bad items stand alone; those are set aside and the rest goes on, in the order of
 * the batch. Items that were delivered are remembered, so that a retry of the batch sends only the others.
 *
 * Where so much is bad that `maxRequests` do not suffice, what could not be told apart is set aside together.
 */
export function splitExport<T extends object>(options: SplitExportOptions<T>): ExportFunction<T> {
  const { send, setAside, maxRequests = 64 } = options;
  /** Items that need no further attempt: whether they were delivered. */
  const settled = new WeakMap<T, boolean>();

  return async (batch, signal): Promise<ExportAnswer> => {
    const parts = [batch.filter((item) => !settled.has(item))];
    let postponed = false;
    let refusal: unknown;
    let final = false;

    const refuse = (item: T, error: unknown): void => {
      refusal = error;
      settled.set(item, false);
      try {
        setAside?.(item, error);
      } catch {}
    };
    const delivered = (): number => batch.filter((item) => settled.get(item) === true).length;

    for (let requests = 0; parts.length > 0; requests++) {
      const part = parts.pop()!;
      if (part.length === 0) continue;
      if (final) {
        for (const item of part) refuse(item, refusal);
        continue;
      }
      try {
        signal.throwIfAborted();
        const answer = (await send(part, signal)) ?? {};
        for (const { item, error } of answer.refused ?? []) refuse(item, error);
        const again = new Set(answer.again);
        postponed ||= again.size > 0;
        let unnamed = answer.rejected ?? 0;
        for (const item of part) {
          if (!settled.has(item) && !again.has(item)) settled.set(item, unnamed-- <= 0);
        }
      } catch (error) {
        const pause = retryAfterOf(error);
        if (pause !== undefined) {
          throw new RetryableExportError(messageOf(error), pause, { cause: error, delivered: delivered() });
        }
        if (signal.aborted) throw error;
        const poisoned = isPoisoned(error);
        if (poisoned && part.length > 1 && requests < maxRequests) {
          const middle = part.length >> 1;
          parts.push(part.slice(middle), part.slice(0, middle));
        } else {
          // A wrong password is not the fault of any item: no other request will fare better.
          final = !poisoned;
          for (const item of part) refuse(item, error);
        }
      }
    }
    const count = delivered();
    if (postponed) {
      throw new RetryableExportError('the back end took a part only', 0, { delivered: count });
    }
    // Where nothing at all was taken, the queue tells of the error itself.
    if (count === 0 && refusal !== undefined) throw refusal;
    return { rejected: batch.length - count };
  };
}

/**
 * OpenTelemetry's exporters call the status `code`. What has neither was thrown before anything was sent: an
 * item that cannot be encoded.
 */
function isPoisoned(error: unknown): boolean {
  try {
    const { status, code } = error as { status?: unknown; code?: unknown };
    return POISONED.includes(status ?? code ?? 400);
  } catch {
    return false;
  }
}
