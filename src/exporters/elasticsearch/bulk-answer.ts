import type { Diagnostics } from '../../common/diagnostics.js';
import { HttpError } from '../../common/http-answer.js';
import type { PartAnswer, Refusal } from '../../common/split-export.js';
import { countRefused } from '../log-exporter.js';

interface BulkAnswer {
  errors?: boolean;
  items?: Record<string, { status?: number; error?: { type?: string; reason?: string } }>[];
}

/** Statuses of a document after which it may be taken another time. */
const AGAIN: readonly unknown[] = [429, 502, 503, 504];

/** A document that was sent twice, where it has an id of its own: it is there. */
const CONFLICT = 409;

/**
 * What became of each item of a bulk request, in the order in which they were sent. An answer that does not say so
 * is an error: what answers there is no Elasticsearch, but a proxy that asks for a password, perhaps.
 */
export function readBulkAnswer<T>(body: Uint8Array, items: readonly T[], withIds: boolean): PartAnswer<T> {
  const refused: Refusal<T>[] = [];
  const again: T[] = [];
  for (const { index, status, error } of failures(body, withIds)) {
    const item = items[index];
    if (item === undefined) continue;
    if (AGAIN.includes(status)) again.push(item);
    else refused.push({ item, error });
  }
  return { refused, again };
}

/** Counts the documents that failed of a request which a spool sent: they are told apart no more. */
export function tellRefused(body: Uint8Array, withIds: boolean, diagnostics: Diagnostics): void {
  try {
    for (const { error } of failures(body, withIds)) countRefused(diagnostics, 'elasticsearch', error);
  } catch (error) {
    countRefused(diagnostics, 'elasticsearch', error);
  }
}

interface Failure {
  readonly index: number;
  readonly status: number;
  readonly error: Error;
}

function failures(body: Uint8Array, withIds: boolean): Failure[] {
  const found: Failure[] = [];
  let answer: BulkAnswer | undefined;
  try {
    answer = JSON.parse(Buffer.from(body).toString()) as BulkAnswer;
  } catch {}
  if (typeof answer?.errors !== 'boolean') {
    throw new HttpError('the answer does not say what became of the documents', 200);
  }
  if (!answer.errors || !Array.isArray(answer.items)) return found;
  for (const [index, item] of answer.items.entries()) {
    const { status = 0, error } = Object.values(item ?? {})[0] ?? {};
    if (status < 300 || (withIds && status === CONFLICT)) continue;
    const why = new Error(`${status} ${error?.type ?? 'error'}: ${error?.reason ?? 'no reason given'}`);
    found.push({ index, status, error: why });
  }
  return found;
}
