/**
 * A program that sends numbered batches as fast as they are taken, over a transport with a disk spool, and writes
 * down at once, in a way that a kill cannot undo, which of them were reported as spooled and what the spool counts.
 */
import { writeSync } from 'node:fs';
import { diskSpool } from 'telltale/spool';
import { HttpTransport } from '../../src/common/http-transport.js';

const [url, directory, first] = process.argv.slice(2) as [string, string, string];
const spool = diskSpool({ directory, retry: { initialDelay: 5, maxDelay: 20 } });
const tell = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`);
const transport = new HttpTransport({
  owner: 'fixture',
  url,
  spool,
  timeout: 2_000,
  onSpoolAnswer: () => tell({ stats: spool.stats }),
});

let stop = false;
process.on('message', async () => {
  stop = true;
  while (spool.stats.bytes > 0) {
    await transport.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await transport.close();
  tell({ stats: spool.stats });
  process.exit(0);
});

for (let id = Number(first); !stop; id++) {
  const body = Buffer.from(JSON.stringify({ id, pad: 'x'.repeat(id % 5_000) }));
  try {
    const { spooled } = await transport.post(body, 'application/json');
    tell(spooled ? { spooled: id } : { sent: id });
  } catch {
    tell({ refused: id });
  }
  if (id % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
