const DEFAULT_SALT = 'default-hash-seed';
const TWO_32 = 2 ** 32;

/** A 64-bit number in two halves. */
interface Word {
  high: number;
  low: number;
}

/**
 * Says of a trace's id (16 bytes) whether it is among the given share, 0 to 1: FNV-1a (64 bit) of the salt and the id, as the
 * Collector has it, so that the same traces are kept on either side.
 */
export function probabilistic(share: number, salt = DEFAULT_SALT): (traceId: Uint8Array) => boolean {
  const seed = fnv({ high: 0xcbf29ce4, low: 0x84222325 }, Buffer.from(salt));
  // As the Collector computes it: the share of 2⁶⁴ − 1, rounded down. A double holds its upper 53 bits.
  const threshold = BigInt(Math.min(share, 1) === 1 ? 0 : Math.floor(share * 2 ** 53)) << 11n;
  const limit =
    share >= 1 ? undefined : { high: Number(threshold >> 32n), low: Number(threshold & 0xffffffffn) };
  return (traceId) => {
    if (limit === undefined) return true;
    const hash = fnv(seed, traceId);
    return hash.high < limit.high || (hash.high === limit.high && hash.low <= limit.low);
  };
}

/**
 * One step is `hash ^= byte; hash *= 2⁴⁰ + 0x1b3`, modulo 2⁶⁴. The low half times 0x1b3 stays below 2⁴¹, which a
 * double holds.
 */
function fnv({ high, low }: Word, bytes: Uint8Array): Word {
  for (let i = 0; i < bytes.length; i++) {
    low = (low ^ bytes[i]!) >>> 0;
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / TWO_32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return { high, low };
}
