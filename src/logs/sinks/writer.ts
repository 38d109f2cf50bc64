/** Writes the bytes of a file sink to their file descriptor; `workerWriter` is one that does it in a thread. */
export interface Writer {
  /** Takes some or all of the bytes and returns how many, or throws: as `fs.writeSync`. */
  write(fd: number, bytes: Uint8Array): number;
  /**
   * Waits for what was taken to arrive, up to `ms` milliseconds or longer while it moves, and says whether some of
   * it still has not. Throws the error that keeps it.
   */
  behind?(ms: number): boolean;
  /** Lets go of everything, and returns how many of the lines that were taken have not arrived. */
  close?(): number;
}
