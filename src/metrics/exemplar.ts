/**
 * One observation, kept with the trace that it was made in: from the bucket of a graph it leads to a request.
 *
 * Specifications: OpenMetrics 1.0, "Exemplars"; OpenTelemetry metrics SDK, "Exemplar".
 */
export interface Exemplar {
  /** What was observed; for a counter what was added. */
  readonly value: number;
  /** Wall-clock milliseconds since the Unix epoch. */
  readonly time: number;
  /** 32 hexadecimal digits; OpenMetrics shows it as the label `trace_id`. */
  readonly traceId?: string;
  /** 16 hexadecimal digits; OpenMetrics shows it as the label `span_id`. */
  readonly spanId?: string;
  /** Labels beside these two. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The exemplars of one series. */
export interface ExemplarReservoir {
  /**
   * A value was counted in that slot. Called for each observation: what it costs, every observation pays.
   * Must not throw.
   */
  offer(slot: number, value: number): void;
  /**
   * What is kept now, by slot, with holes. The slots of a counter's and a histogram's series are its `lines`: 0
   * for a counter, one for each bucket of a histogram, `+Inf` the last. Those of a native histogram are of no
   * meaning but for telling its exemplars apart.
   */
  read(): readonly (Exemplar | undefined)[];
}

/**
 * Decides which observations become exemplars: the option `exemplars` of a registry, called once for each series.
 * `traceExemplars()` makes one.
 */
export type ExemplarPolicy = (slots: number) => ExemplarReservoir;
