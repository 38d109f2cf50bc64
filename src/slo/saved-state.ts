import { crc32 } from '../common/crc32.js';
import type { SloSnapshot } from './snapshot.js';

/** Goes up when a snapshot changes so that an older telltale could not read it. */
const VERSION = 1;

/** The snapshots of many trackers as one text, with a checksum. */
export function writeState(snapshots: readonly SloSnapshot[]): string {
  const body = JSON.stringify(snapshots);
  return `{"telltale":"slo","version":${VERSION},"crc32":${checksum(body)},"snapshots":${body}}\n`;
}

/**
 * Reads such a text.
 *
 * @throws Error that says what is wrong with it: a checksum, a newer version, anything.
 */
export function readState(text: string): readonly SloSnapshot[] {
  const at = text.indexOf('"snapshots":') + '"snapshots":'.length;
  const { telltale, version, crc32: expected } = JSON.parse(text) as Record<string, unknown>;
  if (telltale !== 'slo') throw new Error('it is no state of objectives');
  if (version !== VERSION) throw new Error(`its version is ${String(version)}, and ${VERSION} is understood`);
  const body = text.slice(at, text.lastIndexOf('}'));
  if (checksum(body) !== expected) throw new Error('its checksum is wrong');
  return JSON.parse(body) as SloSnapshot[];
}

function checksum(text: string): number {
  return crc32(Buffer.from(text)) >>> 0;
}
