import { copySafely } from '../read-safely.js';
import type { LogDraft } from '../stage.js';

/** Puts fields before those of the call, which hide them. */
export function addFields(draft: LogDraft, fields: Readonly<Record<string, unknown>>): void {
  draft.fields = draft.fields === undefined ? fields : { ...fields, ...copySafely(draft.fields) };
}
