import type { ExemplarReservoir, Exemplar as Kept } from '../../metrics/exemplar.js';
import { copyLabels } from './labels.js';
import type { Exemplar } from './types.js';

/** The exemplars of one series, set by hand. */
export class GivenExemplars implements ExemplarReservoir {
  readonly slots: (Exemplar | undefined)[];

  constructor(slots: number) {
    this.slots = new Array<undefined>(slots).fill(undefined);
  }

  /** Those of the current span are not of interest here. */
  offer(): void {}

  /** Keeps one, if it has labels. */
  set(slot: number, value: number, labels: object | undefined): void {
    const labelSet = copyLabels(labels);
    const entries = Object.entries(labelSet);
    if (entries.length === 0) return;
    if (entries.reduce((sum, [name, text]) => sum + name.length + String(text).length, 0) > 128) {
      throw new RangeError('Label set size must be smaller than 128 UTF-8 chars');
    }
    this.slots[slot] = { labelSet, value, timestamp: Date.now() / 1000 };
  }

  read(): readonly (Kept | undefined)[] {
    return this.slots.map((exemplar) => {
      if (exemplar === undefined) return undefined;
      const labels = Object.entries(exemplar.labelSet).map(([name, value]) => [name, String(value)]);
      return {
        value: exemplar.value,
        time: exemplar.timestamp * 1000,
        labels: Object.fromEntries(labels) as Record<string, string>,
      };
    });
  }
}

/** What `inc` and `observe` take where exemplars are enabled. */
export interface WithExemplar<T extends string> {
  labels?: Partial<Record<T, string | number>>;
  value?: number;
  exemplarLabels?: Record<string, string | number>;
}
