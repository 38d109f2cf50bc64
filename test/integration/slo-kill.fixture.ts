/** Records events and saves its state as fast as it can, until it is killed. Says how far it had got at each saving. */
import { SloSet } from '../../src/slo/index.js';

const slos = new SloSet({ objectives: [{ id: 'pay', target: 99 }], state: process.argv[2]! });
await slos.ready;
const { good, bad } = slos.get('pay').totals();
process.stdout.write(`restored ${good} ${bad}\n`);
let saved = good;
for (;;) {
  for (let i = 0; i < 1000; i++) slos.get('pay').record(true);
  slos.get('pay').bad(1);
  saved += 1000;
  await slos.save();
  process.stdout.write(`saved ${saved}\n`);
}
