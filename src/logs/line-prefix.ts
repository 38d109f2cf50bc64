/** The last millisecond that a date can say. */
const MAX_TIME = 8.64e15;

/**
 * The bytes that begin the lines of one level: `{"time":"2026-11-21T20:30:00.123Z","level":"info","msg":`.
 * They are kept, and only the milliseconds are written anew while the clock stays within the second: making a
 * date costs as much as all the rest of a line.
 */
export function linePrefix(iso: boolean, level: string | number): (now: number) => Uint8Array {
  const rest = `,"level":${JSON.stringify(level)},"msg":`;
  let bytes: Buffer;
  let lastNow = Number.NaN;
  let lastSecond = Number.NaN;
  return (now) => {
    if (now === lastNow) return bytes;
    lastNow = now;
    const time = now >= -MAX_TIME && now <= MAX_TIME ? Math.floor(now) : 0;
    const second = Math.floor(time / 1000);
    if (second !== lastSecond || !iso) {
      lastSecond = second;
      const text = iso ? new Date(time).toJSON() : time;
      bytes = Buffer.from(`{"time":${JSON.stringify(text)}${rest}`);
    } else {
      const at = bytes.length - rest.length - 3;
      let digits = time - second * 1000;
      for (let to = at; to > at - 3; to--) {
        bytes[to] = 0x30 + (digits % 10);
        digits = (digits / 10) | 0;
      }
    }
    return bytes;
  };
}
