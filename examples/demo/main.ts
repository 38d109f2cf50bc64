/**
 * The demo: a small shop of two services under load. See README.md, or `npm run demo -- --help`.
 */
import { Collector } from './collector.js';
import { End } from './end.js';
import { startLoad } from './load.js';
import { type DemoOptions, readOptions, USAGE } from './options.js';
import { compare, type Scrape, scrape } from './scrape.js';
import { type Service, startService } from './services.js';
import { tellTraces } from './traces.js';
import { draw } from './view.js';

/** The live view shows what happened in the last seconds. */
const WINDOW = 10;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let options: DemoOptions | 'help';
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await run(options);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

async function run(options: DemoOptions): Promise<void> {
  const end = new End();
  const collector = new Collector();
  const otlp = {
    OTEL_EXPORTER_OTLP_ENDPOINT: await collector.start(),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  };
  const services: Service[] = [];
  try {
    const payments = await startService('payments', './payments.ts', {
      ...otlp,
      ...port(options.paymentsPort, 3001),
      BANK_FAILURES: String(options.failures),
    });
    services.push(payments);
    const storefront = await startService('storefront', './storefront.ts', {
      ...otlp,
      ...port(options.storefrontPort, 3000),
      PAYMENTS_URL: payments.url,
    });
    services.unshift(storefront);
    for (const { name, url } of services) process.stdout.write(`${name} listens on ${url}\n`);
    if (options.seconds !== undefined) end.after(options.seconds);
    await watch(services, collector, options.rate, end);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await collector.stop();
  }
  process.stdout.write(tellTraces(collector.traces, process.stdout.isTTY === true, process.stdout.columns));
}

/** Draws once a second until the end is asked for, then once more, over the whole run. */
async function watch(services: Service[], collector: Collector, rate: number, end: End): Promise<void> {
  const terminal = process.stdout.isTTY === true;
  const started = performance.now();
  const load = startLoad(services[0]!.url, rate);
  const history: Scrape[][] = [];

  const paint = async (whole: boolean): Promise<string> => {
    const now = await Promise.all(services.map(({ url }) => scrape(url)));
    const before = whole ? undefined : history.at(-WINDOW);
    history.push(now);
    const seconds = (performance.now() - started) / 1000;
    return draw({
      seconds,
      services: services.map(({ name, url }, index) => ({
        name,
        url,
        routes: compare(
          before?.[index],
          now[index]!,
          before ? (now[index]!.at - before[index]!.at) / 1000 : seconds,
        ),
      })),
      objectives: now.flatMap(({ objectives }) => [...objectives.values()]),
      levels: collector.levels,
      traces: collector.traceCount,
      colors: terminal,
    });
  };

  for (let second = 1; ; second++) {
    await Promise.race([end.reached, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
    if (end.isReached) break;
    const picture = await paint(false);
    // A terminal is redrawn in place; a log file gets the picture now and then.
    if (terminal) process.stdout.write(`\x1b[H\x1b[2J${picture}\n\nCtrl-C ends the demo.\n`);
    else if (second % 5 === 0) process.stdout.write(`${picture}\n\n`);
  }
  await load.stop();
  process.stdout.write(`${terminal ? '\x1b[H\x1b[2J' : ''}${await paint(true)}\n`);
}

function port(chosen: number | undefined, preferred: number): Record<string, string> {
  return chosen === undefined ? { PREFERRED_PORT: String(preferred) } : { PORT: String(chosen) };
}
