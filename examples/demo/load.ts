/**
 * The load generator: requests over real sockets, at a steady mean rate with random gaps, as independent
 * customers would send them. It does not wait for answers before it sends the next request.
 */
export interface Load {
  /** Stops sending and waits for the answers that are still on their way. */
  stop(): Promise<void>;
}

/** What customers do, and how often. */
const VISITS: readonly { weight: number; send(base: string): Promise<Response> }[] = [
  { weight: 40, send: (base) => fetch(`${base}/products`) },
  { weight: 30, send: (base) => fetch(`${base}/products/${1 + pick(12)}`) },
  { weight: 5, send: (base) => fetch(`${base}/products/${100 + pick(50)}`) },
  { weight: 10, send: (base) => fetch(`${base}/search?q=${['rope', 'sail', 'lamp', 'anchor'][pick(4)]}`) },
  { weight: 14, send: (base) => checkout(base, 1 + pick(12)) },
  { weight: 1, send: (base) => fetch(`${base}/no/such/page`) },
];

const IN_FLIGHT_AT_MOST = 200;

export function startLoad(base: string, rate: number): Load {
  const inFlight = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function sendOne(): void {
    if (inFlight.size < IN_FLIGHT_AT_MOST) {
      const request = visit(base).finally(() => inFlight.delete(request));
      inFlight.add(request);
    }
    // Exponential gaps: arrivals that know nothing of one another.
    if (!stopped) timer = setTimeout(sendOne, (-Math.log(1 - Math.random()) * 1000) / rate);
  }
  sendOne();

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.allSettled(inFlight);
    },
  };
}

async function visit(base: string): Promise<void> {
  let ticket = pick(VISITS.reduce((sum, { weight }) => sum + weight, 0));
  for (const { weight, send } of VISITS) {
    ticket -= weight;
    if (ticket >= 0) continue;
    try {
      const response = await send(base);
      await response.arrayBuffer();
    } catch {
      // A refused connection is the service's trouble; the view shows it.
    }
    return;
  }
}

function checkout(base: string, productId: number): Promise<Response> {
  return fetch(`${base}/checkout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ productId, quantity: 1 + pick(3), card: pick(100) < 8 ? 'declined' : 'valid' }),
  });
}

function pick(n: number): number {
  return Math.floor(Math.random() * n);
}
