import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Seconds until the demo ends by itself; without it, it runs until Ctrl-C. */
  seconds: number | undefined;
  /** Requests a second that the load generator sends. */
  rate: number;
  /** Percent of the bank's calls that fail. */
  failures: number;
  /** Port of the storefront; `undefined` takes 3000, or another where that is taken. */
  storefrontPort: number | undefined;
  /** Port of the payments service; `undefined` takes 3001, or another where that is taken. */
  paymentsPort: number | undefined;
}

export const USAGE = `Usage: npm run demo -- [options]

  --seconds N        end after N seconds (default: run until Ctrl-C)
  --rate N           requests a second (default 60)
  --failures N       percent of payments that fail (default 4): watch the error budget burn
  --port N           port of the storefront (default 3000, or another where that is taken)
  --payments-port N  port of the payments service (default 3001, or another where that is taken)
  --help             this text
`;

/** Reads the command line. Throws an `Error` that says what was wrong and what is accepted. */
export function readOptions(args: string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string' },
      rate: { type: 'string' },
      failures: { type: 'string' },
      port: { type: 'string' },
      'payments-port': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return 'help';
  return {
    seconds: numberOf('--seconds', values.seconds, 1, 86_400),
    rate: numberOf('--rate', values.rate, 1, 2_000) ?? 60,
    failures: numberOf('--failures', values.failures, 0, 100) ?? 4,
    storefrontPort: numberOf('--port', values.port, 0, 65_535),
    paymentsPort: numberOf('--payments-port', values['payments-port'], 0, 65_535),
  };
}

function numberOf(option: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || text.trim() === '' || value < min || value > max) {
    throw new Error(`${option} is "${text}"; accepted: a number from ${min} to ${max}`);
  }
  return value;
}
