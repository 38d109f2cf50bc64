import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An OTLP receiver that takes its time over each batch and counts the spans in it. Started by `soak.ts`, tells its
 * address, answers each message with the number of spans so far, and ends with its parent.
 */
const took = Number(process.argv[2] ?? 20);
let spans = 0;

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  setTimeout(() => {
    spans += countSpans(Buffer.concat(chunks));
    response.end();
  }, took);
});

server.listen(0, '127.0.0.1', () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces` });
});
process.on('message', () => process.send!({ spans }));
process.once('disconnect', () => process.exit(0));

/** Spans lie three messages deep, each time in field 1 or 2; only lengths are read, so that counting costs nothing. */
function countSpans(bytes: Buffer): number {
  let count = 0;
  for (const resourceSpans of messages(bytes, 1)) {
    for (const scopeSpans of messages(resourceSpans, 2)) {
      for (const _ of messages(scopeSpans, 2)) count++;
    }
  }
  return count;
}

function* messages(bytes: Buffer, field: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at++]!;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    // These messages hold nothing but others and texts.
    if ((tag & 7) !== 2) throw new Error(`the field ${tag >> 3} is not delimited`);
    if (tag >> 3 === field) yield bytes.subarray(at, at + length);
    at += length;
  }
}
