/** What services really say, in shape and length: messages of web servers, databases, queues and daemons. */
export interface RealisticLog {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** Lines of one request come one after the other and share it. */
  readonly traceId: string;
}

/** The same logs for the same `count`. Six in ten are info, three debug, and one in 200 is an error. */
export function realisticLogs(count: number): RealisticLog[] {
  const random = generator(42);
  const logs: RealisticLog[] = [];
  let traceId = hex(random, 32);
  for (let i = 0; i < count; i++) {
    if (i % 6 === 0) traceId = hex(random, 32);
    const make = MESSAGES[random(MESSAGES.length)]!;
    const dice = random(200);
    const level = dice === 0 ? 'error' : dice < 20 ? 'warn' : dice < 80 ? 'debug' : 'info';
    // A flat string, as one that came over a socket is.
    const message = Buffer.from(make(random)).toString();
    const fields = { requestId: hex(random, 12), ms: random(100_000) / 100, cached: random(2) === 0 };
    logs.push({ level, message, fields, traceId });
  }
  return logs;
}

type Random = (below: number) => number;

const MESSAGES: readonly ((random: Random) => string)[] = [
  (r) => `GET /api/v2/orders/${r(1e6)}?page=${r(30)} HTTP/1.1 200 ${r(50_000)}`,
  (r) => `POST /api/v2/checkout HTTP/1.1 ${[200, 201, 409, 500][r(4)]} ${r(5000)}`,
  (r) => `Connection from 10.${r(255)}.${r(255)}.${r(255)} port ${r(65_535)} closed by remote host`,
  (r) =>
    `Failed password for invalid user ${['admin', 'oracle', 'test'][r(3)]} from 173.234.31.${r(255)} port ${r(65_535)} ssh2`,
  (r) =>
    `Receiving block blk_${r(1e9)}${r(1e9)} src: /10.250.19.${r(255)}:${r(65_535)} dest: /10.250.19.${r(255)}:50010`,
  (r) =>
    `Slow query (${r(9000)} ms): SELECT * FROM orders WHERE customer_id = ${r(1e6)} ORDER BY created_at DESC LIMIT 50`,
  (r) => `Retrying delivery of message ${r(1e9)} to queue payments after timeout, attempt ${r(5)} of 5`,
  (r) => `Cache miss for key customer:${r(1e6)}:profile, loading from database`,
  (r) => `Worker ${r(32)} finished job ${r(1e9)} in ${r(60_000)} ms`,
  (r) => `jk2_init() Found child ${r(30_000)} in scoreboard slot ${r(10)}`,
  (r) => `Upstream inventory-${r(8)}.internal:8443 answered 503, circuit is half open`,
  (r) =>
    `User ${r(1e6)} logged in from ${['Berlin', 'Lagos', 'Lima', 'Osaka'][r(4)]} with ${['password', 'passkey'][r(2)]}`,
];

function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function hex(random: Random, length: number): string {
  let digits = '';
  while (digits.length < length) digits += random(65_536).toString(16).padStart(4, '0');
  return Buffer.from(digits.slice(0, length)).toString();
}
