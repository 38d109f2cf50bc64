import { TelltaleError } from '../../common/errors.js';
import { checkFunction, checkInteger, checkNumber, checkOptions } from '../../common/options.js';
import { LEVELS, type LevelThreshold, thresholdOf } from '../level.js';
import type { LogDraft, LogStage, StageHost } from '../stage.js';
import { SuppressionCount } from './suppression-count.js';

export interface DeduplicatedOptions {
  /** Milliseconds for which repeats of a line are counted and not written. Default 5,000. */
  interval?: number;
  /** What makes two lines the same. Default: level and message. */
  by?: (draft: LogDraft) => string;
  /** Lines of this level and graver are always written. Default `fatal`. */
  keep?: LevelThreshold;
  /** Different lines watched at a time; those beyond are written as they come. Default 1,000. */
  maxMessages?: number;
}

interface Repeats {
  readonly draft: LogDraft;
  count: number;
}

/**
 * Writes a line once and counts its repeats: when the interval is over, and at a flush, a line with the same level
 * and message says how many there were, as the field `repeated`. For the option `sampling` of a logger.
 *
 * ```ts
 * new Logger({ sampling: deduplicated({ interval: 10_000 }) });
 * ```
 *
 * @throws TelltaleError for a wrong option, and when one of them is given to two loggers
 */
export function deduplicated(options?: DeduplicatedOptions): LogStage {
  const owner = 'deduplicated';
  const given = checkOptions(owner, options, ['interval', 'by', 'keep', 'maxMessages']);
  const interval = checkNumber(owner, 'interval', given.interval, 5000, { min: 1 });
  const by = checkFunction(owner, 'by', given.by) ?? ((draft: LogDraft) => `${draft.level} ${draft.message}`);
  const keep = thresholdOf(owner, LEVELS, given.keep ?? 'fatal');
  const maxMessages = checkInteger(owner, 'maxMessages', given.maxMessages, 1000, { min: 1 });
  const count = new SuppressionCount(owner);
  const seen = new Map<string, Repeats>();
  let host: StageHost | undefined;

  /** The interval of a line is over, or nobody will be there when it is. */
  function tell(key: string, repeats: Repeats): void {
    if (seen.get(key) !== repeats) return;
    seen.delete(key);
    if (repeats.count === 0) return;
    const { draft } = repeats;
    draft.now = host!.clock.now();
    draft.fields = { repeated: repeats.count };
    host!.emit(draft);
  }

  return {
    process(draft) {
      if (draft.value >= keep || host === undefined) return true;
      const key = by(draft);
      const repeats = seen.get(key);
      if (repeats !== undefined) {
        repeats.count++;
        count.add(draft);
        return false;
      }
      if (seen.size >= maxMessages) return true;
      const first = { draft: draft.copy(), count: 0 };
      first.draft.fields = undefined;
      seen.set(key, first);
      host.clock.setTimeout(() => tell(key, first), interval);
      return true;
    },
    attach(given) {
      if (host !== undefined) {
        throw new TelltaleError(`${owner}: given to two loggers; accepted: one for each`, owner);
      }
      host = given;
      count.attach(given.diagnostics);
    },
    flush() {
      for (const [key, repeats] of [...seen]) tell(key, repeats);
    },
  };
}
