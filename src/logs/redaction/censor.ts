/** What to write instead of a value; it is told where the value stood. `undefined` leaves the field out. */
export type Censor = (value: unknown, path: readonly string[]) => unknown;
