/** A time in which the service failed. Milliseconds since the epoch. */
export interface Episode {
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to: number | undefined;
}

/** When a service counts as failing. */
export interface EpisodeRule {
  /** The share of a minute's events, 0 to 1, from which on the minute is a failed one. */
  readonly failing: number;
}

const MINUTE_MS = 60_000;
/** Episodes remembered at most; the oldest goes first. */
const MAX_EPISODES = 1000;

/** What the detector knows, for a snapshot. */
export interface SavedEpisodes {
  readonly episodes: readonly Episode[];
  readonly minute: number;
  readonly good: number;
  readonly bad: number;
}

/**
 * Finds the episodes of failure in the events of an objective: an episode begins with the first minute of which at
 * least such a share failed, and ends with the first minute with events of which less did. Minutes without events
 * change nothing.
 */
export class EpisodeDetector {
  readonly #rule: EpisodeRule;
  #episodes: Episode[] = [];
  /** The minute under way, counted from the epoch. */
  #minute = 0;
  #good = 0;
  #bad = 0;

  constructor(rule: EpisodeRule) {
    this.#rule = rule;
  }

  add(time: number, good: number, bad: number): void {
    this.advance(time);
    this.#good += good;
    this.#bad += bad;
  }

  /** Judges the minute under way, where it is over. */
  advance(now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute <= this.#minute) return;
    const total = this.#good + this.#bad;
    if (total > 0) this.#judge(this.#bad / total >= this.#rule.failing, this.#minute * MINUTE_MS);
    this.#minute = minute;
    this.#good = 0;
    this.#bad = 0;
  }

  /** The episodes that touch the time from `from` to `to`, the oldest first. */
  between(from: number, to: number): readonly Episode[] {
    return this.#episodes.filter((episode) => episode.from < to && (episode.to ?? Infinity) > from);
  }

  save(): SavedEpisodes {
    return { episodes: this.#episodes, minute: this.#minute, good: this.#good, bad: this.#bad };
  }

  /**
   * Takes up what an earlier process has found. One that lasted then ends where this process finds it over.
   *
   * @param late Milliseconds by which the clock was ahead when it was saved.
   */
  restore(saved: SavedEpisodes, late = 0): void {
    const { good, bad } = saved;
    const minute = saved.minute - Math.ceil(late / MINUTE_MS);
    const isSame = minute === this.#minute;
    const before = new EpisodeDetector(this.#rule);
    before.#episodes = saved.episodes.map(({ from, to }) => ({
      from: from - late,
      to: to === undefined ? undefined : to - late,
    }));
    before.#minute = minute;
    before.#good = good;
    before.#bad = bad;
    if (isSame) {
      this.#good += good;
      this.#bad += bad;
    } else before.advance((minute + 1) * MINUTE_MS);
    const [first] = this.#episodes;
    const last = before.#episodes.at(-1);
    if (last !== undefined && last.to === undefined && first !== undefined) {
      before.#episodes.pop();
      this.#episodes[0] = { from: last.from, to: first.to };
    }
    this.#episodes = [...before.#episodes, ...this.#episodes].slice(-MAX_EPISODES);
  }

  #judge(isFailing: boolean, time: number): void {
    const last = this.#episodes.at(-1);
    const lasts = last !== undefined && last.to === undefined;
    if (isFailing === lasts) return;
    if (isFailing) {
      this.#episodes.push({ from: time, to: undefined });
      if (this.#episodes.length > MAX_EPISODES) this.#episodes.shift();
    } else this.#episodes[this.#episodes.length - 1] = { from: last!.from, to: time };
  }
}
