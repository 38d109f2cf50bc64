import { crc32 } from '../common/crc32.js';

/** Goes up when a snapshot changes so that an older telltale could not read it. */
const VERSION = 1;

/** Milliseconds of work after which others get their turn. */
const TURN_MS = 5;

/**
 * Snapshots as one text, with a checksum. They are made and written one by one, and the event loop gets its turn in
 * between: 100 objectives over 30 days are up to 9 MB of text, which at once would hold it for 100 ms.
 */
export async function writeState(makers: Iterable<() => unknown>): Promise<string> {
  const parts: string[] = [];
  let crc = 0;
  let since = performance.now();
  const put = (text: string) => {
    parts.push(text);
    crc = crc32(Buffer.from(text), crc);
  };
  put('[');
  for (const make of makers) {
    const text = JSON.stringify(make());
    put(parts.length === 1 ? text : `,${text}`);
    if (performance.now() - since < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
  put(']');
  return `{"telltale":"slo","version":${VERSION},"crc32":${crc},"snapshots":${parts.join('')}}\n`;
}

/**
 * Reads such a text.
 *
 * @throws Error that says what is wrong with it: a checksum, a newer version, anything.
 */
export function readState(text: string): readonly unknown[] {
  const at = text.indexOf('"snapshots":') + '"snapshots":'.length;
  const { telltale, version, crc32: expected } = JSON.parse(text) as Record<string, unknown>;
  if (telltale !== 'slo') throw new Error('it is no state of objectives');
  if (version !== VERSION) throw new Error(`its version is ${String(version)}, and ${VERSION} is understood`);
  const body = text.slice(at, text.lastIndexOf('}'));
  if (crc32(Buffer.from(body)) !== expected) throw new Error('its checksum is wrong');
  const snapshots: unknown = JSON.parse(body);
  if (!Array.isArray(snapshots)) throw new Error('its snapshots are no list');
  return snapshots;
}
