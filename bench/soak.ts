/**
 * The soak: `npx tsx bench/soak.ts [--rate 100000] [--seconds 60] [--warm-up 10]`. A process makes so many spans a
 * second and sends them by OTLP to a receiver of its own that takes 20 ms for each batch. Printed: what was lost, how
 * late the event loop was, how much memory was added after the warm-up, in which V8 finds the size of its heap, and
 * the share of one processor that it took.
 *
 * Run it on a machine that has nothing else to do: the receiver and the load take a processor each.
 */
import { parseArgs } from 'node:util';
import { soak } from './lib/soak.js';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '10' },
  },
});
const result = await soak({
  rate: Number(values.rate),
  seconds: Number(values.seconds),
  warmUp: Number(values['warm-up']),
});

const verdict = (passed: boolean) => (passed ? 'ok' : 'MISSED');
const rows = [
  ['spans made', result.made.toLocaleString('en'), `${result.rate.toLocaleString('en')} a second`],
  ['spans lost', `${result.made - result.received}`, verdict(result.made === result.received)],
  ['event loop delay, p99', `${result.eventLoopP99.toFixed(1)} ms`, verdict(result.eventLoopP99 < 20)],
  ['event loop delay, most', `${result.eventLoopMax.toFixed(1)} ms`, ''],
  ['resident memory added', `${result.rssGrowth.toFixed(1)} MB`, verdict(result.rssGrowth < 64)],
  ['processor share', `${(100 * result.cpuShare).toFixed(0)} %`, 'of one, encoding included'],
];
for (const [name, value, note] of rows) console.log(`${name!.padEnd(24)}${value!.padStart(12)}   ${note}`);
