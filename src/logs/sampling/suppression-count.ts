import type { Reporter, SelfCounter } from '../../common/diagnostics.js';
import type { LogDraft } from '../stage.js';

/** Counts the lines that a stage keeps back on purpose, by stage and level. */
export class SuppressionCount {
  readonly #by: string;
  readonly #cells = new Map<string, SelfCounter>();
  #diagnostics: Reporter | undefined;

  constructor(by: string) {
    this.#by = by;
  }

  attach(diagnostics: Reporter): void {
    this.#diagnostics = diagnostics;
    this.#cells.clear();
  }

  add(draft: LogDraft, lines = 1): void {
    let cell = this.#cells.get(draft.level);
    if (cell === undefined) {
      if (this.#diagnostics === undefined) return;
      cell = this.#diagnostics.counter(
        'telltale_log_lines_suppressed_total',
        'Log lines kept back on purpose, by what kept them back and their level.',
        { by: this.#by, level: draft.level },
      );
      this.#cells.set(draft.level, cell);
    }
    cell.value += lines;
  }
}
