import type { PartAnswer, Refusal } from '../../common/split-export.js';

interface BulkAnswer {
  errors?: boolean;
  items?: Record<string, { status?: number; error?: { type?: string; reason?: string } }>[];
}

/** Statuses of a document after which it may be taken another time. */
const AGAIN: readonly unknown[] = [429, 502, 503, 504];

/** A document that was sent twice, where it has an id of its own: it is there. */
const CONFLICT = 409;

/**
 * What became of each item of a bulk request, in the order in which they were sent. An answer that cannot be read
 * is taken as it stands: the request succeeded.
 */
export function readBulkAnswer<T>(body: Uint8Array, items: readonly T[], withIds: boolean): PartAnswer<T> {
  let answer: BulkAnswer;
  try {
    answer = JSON.parse(Buffer.from(body).toString()) as BulkAnswer;
  } catch {
    return {};
  }
  if (answer?.errors !== true || !Array.isArray(answer.items)) return {};
  const refused: Refusal<T>[] = [];
  const again: T[] = [];
  for (const [i, item] of items.entries()) {
    const { status = 0, error } = Object.values(answer.items[i] ?? {})[0] ?? {};
    if (status < 300 || (withIds && status === CONFLICT)) continue;
    if (AGAIN.includes(status)) again.push(item);
    else refused.push({ item, error: new Error(`${status} ${error?.type ?? ''}: ${error?.reason ?? ''}`) });
  }
  return { refused, again };
}
