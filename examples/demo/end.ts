/** The end of the demo: Ctrl-C, SIGTERM, or after so many seconds. A second Ctrl-C ends the process at once. */
export class End {
  readonly reached: Promise<void>;
  isReached = false;
  #reach: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    process.on('SIGINT', this.#end);
    process.on('SIGTERM', this.#end);
  }

  after(seconds: number): void {
    this.#timer = setTimeout(this.#end, seconds * 1000);
  }

  readonly #end = (): void => {
    this.isReached = true;
    clearTimeout(this.#timer);
    process.off('SIGINT', this.#end);
    process.off('SIGTERM', this.#end);
    this.#reach();
  };
}
