import type { Labels } from '../labels.js';
import type { TimeSeriesStore } from '../store/store.js';
import { type ExposedSample, type Exposition, ExpositionParser, isOpenMetrics } from './exposition.js';
import { ScrapeSession } from './session.js';

export interface ExpositionIngestOptions {
  /** Labels put on every series, such as `job` and `instance`; a label of the same name in the text wins. */
  labels?: Readonly<Record<string, string>>;
}

/** Characters read in one go by `ingestInTurns`: some milliseconds' worth. */
const TURN = 65_536;

/** Takes in one target's expositions, one after another; series that the next one lacks are marked as ended. */
export class ExpositionIngest {
  readonly #store: TimeSeriesStore;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #session = new ScrapeSession();

  constructor(store: TimeSeriesStore, options: ExpositionIngestOptions = {}) {
    this.#store = store;
    this.#labels = options.labels ?? {};
  }

  /** Appends what a text exposes at that time, in milliseconds; a line's own time wins. Gives the lines' errors. */
  ingest(text: string, time: number): Exposition['errors'] {
    const parser = new ExpositionParser(isOpenMetrics(text));
    parser.feed(text);
    this.#take(parser, time);
    return this.#end(parser, time);
  }

  /**
   * The same, with a turn for everything else in the process after each piece. One call at a time. Gives the number
   * of samples too.
   */
  async ingestInTurns(
    text: string,
    time: number,
  ): Promise<{ readonly samples: number; readonly errors: Exposition['errors'] }> {
    const parser = new ExpositionParser(isOpenMetrics(text));
    let samples = 0;
    for (let at = 0; at < text.length; ) {
      const lineEnd = text.indexOf('\n', at + TURN);
      const end = lineEnd === -1 ? text.length : lineEnd + 1;
      parser.feed(text.slice(at, end));
      samples += this.#take(parser, time);
      at = end;
      if (at < text.length) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return { samples, errors: this.#end(parser, time) };
  }

  /** The target cannot be reached, or is gone: all its series have ended. */
  lost(time: number): void {
    this.#session.close(time);
  }

  #take(parser: ExpositionParser, time: number): number {
    const { samples } = parser;
    parser.samples = [];
    for (const sample of samples) this.#append(sample, time);
    return samples.length;
  }

  #append({ labels, value, time, exemplar }: ExposedSample, scraped: number): void {
    const series = this.#store.series(this.#labelled(labels));
    if (series === undefined) return;
    this.#session.append(series, time ?? scraped, value);
    if (exemplar === undefined) return;
    const at = exemplar.time ?? time ?? scraped;
    this.#store.exemplars.add(series.labels, { labels: exemplar.labels, value: exemplar.value, time: at });
  }

  #labelled(labels: Labels): Readonly<Record<string, string>> {
    return { ...this.#labels, ...labels.toObject() };
  }

  #end({ metadata, errors }: Exposition, time: number): Exposition['errors'] {
    for (const [name, known] of metadata) this.#store.metadata.set(name, known);
    this.#session.end(time);
    return errors;
  }
}
