/** Values of different lengths, the same in every run. */
export const MASK = 1023;
export const orders = Array.from({ length: MASK + 1 }, (_, i) => ({
  id: text(5 + ((i * 7) % 36), i),
  total: i % 2 === 0 ? (i * 7919) % 100_000 : ((i * 7919) % 1_000_000) / 100,
  express: i % 3 === 0,
}));
export const messages = Array.from({ length: MASK + 1 }, (_, i) => text(5 + ((i * 11) % 36), i * 31));
export const errors = Array.from(
  { length: 64 },
  (_, i) => new Error(`payment ${i} failed`, { cause: new TypeError(`card ${i} declined`) }),
);

/** A flat string; one that was only just joined would be joined for good within the measured time. */
export function text(length: number, seed: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789-_ /';
  let result = '';
  for (let i = 0; i < length; i++) result += letters[(seed * 17 + i * i * 13 + i) % letters.length];
  return Buffer.from(result).toString();
}

export function hex(length: number, seed: number): string {
  return Buffer.from((seed + 1).toString(16).padStart(length, 'a1b2c3d4e5f60718')).toString();
}
