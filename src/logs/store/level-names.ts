import { LEVELS, type LevelValue } from '../level.js';
import { MAX_LEVELS } from './segment.js';

export interface KnownLevel {
  readonly name: string;
  readonly value: LevelValue;
}

/** The levels that a store has seen, and a small number for each; those of telltale come first. */
export class LevelNames {
  readonly #known: KnownLevel[] = Object.entries(LEVELS).map(([name, value]) => ({ name, value }));
  readonly #ids = new Map(this.#known.map(({ name }, id) => [name, id]));

  idOf(name: string, value: LevelValue): number {
    const id = this.#ids.get(name);
    if (id !== undefined && this.#known[id]!.value === value) return id;
    return this.#makeId(name, value);
  }

  get(id: number): KnownLevel {
    return this.#known[id]!;
  }

  known(): readonly KnownLevel[] {
    return this.#known;
  }

  valueOf(name: string): LevelValue | undefined {
    const id = this.#ids.get(name);
    return id === undefined ? undefined : this.#known[id]!.value;
  }

  list(): string {
    return this.#known.map(({ name }) => `"${name}"`).join(', ');
  }

  /** Two loggers may give one name two values; the first stands for the name in queries. */
  #makeId(name: string, value: LevelValue): number {
    const same = this.#known.findIndex((level) => level.name === name && level.value === value);
    if (same >= 0) return same;
    // Nobody has so many levels; what comes then is filed under the nearest.
    if (this.#known.length === MAX_LEVELS) return nearest(this.#known, value);
    if (!this.#ids.has(name)) this.#ids.set(name, this.#known.length);
    return this.#known.push({ name, value }) - 1;
  }
}

function nearest(levels: readonly KnownLevel[], value: LevelValue): number {
  let best = 0;
  for (const [id, level] of levels.entries()) {
    if (Math.abs(level.value - value) < Math.abs(levels[best]!.value - value)) best = id;
  }
  return best;
}
