import zlib from 'node:zlib';
import { crc32 as plainCrc32 } from '../crc32.js';
import type { SpooledRequest } from './spool.js';

/**
 * A request in a file. A header of 32 bytes, little endian:
 *
 *     0  magic        8  length of the body   16  time of keeping, ms (double)   28  CRC of bytes 0 to 27
 *     4  version      12 items                24  CRC of the headers and the body
 *     5  flags
 *     6  length of the headers
 *
 * then the request's headers as JSON, then its body. The header has a checksum of its own, so that where the rest
 * is damaged it is known how much is lost and where the next record begins.
 */
const HEADER = 32;
const MAGIC = Buffer.from('TTs\x01');
const VERSION = 1;
/** An attempt to send it ended without an answer: it may have arrived. */
const DOUBTFUL = 1;

/** A request as it was read from a file. */
export interface SpoolRecord extends SpooledRequest {
  /** When it was kept, milliseconds since the Unix epoch. */
  readonly time: number;
  readonly doubtful: boolean;
  /** Where it begins and ends in its file. */
  readonly start: number;
  readonly end: number;
}

/** A stretch of a file that holds no record, or not a whole one. */
export interface Damage {
  readonly damaged: true;
  /** Items that were in it; 1 where that cannot be read. */
  readonly items: number;
  readonly end: number;
}

/** `zlib.crc32` takes 0.5 ms for 4 MiB, the one written out here 12 ms; Node before 20.15 has only that one. */
const crc32: (data: Uint8Array, before?: number) => number = zlib.crc32 ?? plainCrc32;

/** The bytes of a record, in two pieces: the body is not copied. */
export function encodeRecord(request: SpooledRequest, time: number, doubtful: boolean): [Buffer, Uint8Array] {
  const meta = Buffer.from(JSON.stringify(request.headers));
  const head = Buffer.alloc(HEADER + meta.length);
  MAGIC.copy(head);
  head[4] = VERSION;
  head[5] = doubtful ? DOUBTFUL : 0;
  head.writeUInt16LE(meta.length, 6);
  head.writeUInt32LE(request.body.length, 8);
  head.writeUInt32LE(Math.min(request.items, 0xffffffff), 12);
  head.writeDoubleLE(time, 16);
  head.writeUInt32LE(crc32(request.body, crc32(meta)), 24);
  head.writeUInt32LE(crc32(head.subarray(0, 28)), 28);
  meta.copy(head, HEADER);
  return [head, request.body];
}

/** What stands at `start` of a file's bytes; `undefined` at their end. Never throws, whatever the bytes are. */
export function readRecord(file: Buffer, start: number): SpoolRecord | Damage | undefined {
  if (start >= file.length) return undefined;
  const head = headerAt(file, start);
  if (head === undefined) return { damaged: true, items: 1, end: nextHeader(file, start + 1) };
  const { items, end, meta } = head;
  // Cut off, or written over: look for what follows, for a record may stand sooner than the length says.
  if (end > file.length) return { damaged: true, items, end: nextHeader(file, start + 1) };
  const rest = file.subarray(start + HEADER, end);
  if (crc32(rest) !== head.crc) return { damaged: true, items, end };
  let headers: Record<string, string>;
  try {
    headers = JSON.parse(rest.toString('utf8', 0, meta));
  } catch {
    return { damaged: true, items, end };
  }
  return { headers, body: rest.subarray(meta), items, time: head.time, doubtful: head.doubtful, start, end };
}

function headerAt(file: Buffer, start: number) {
  if (start + HEADER > file.length || file.compare(MAGIC, 0, 4, start, start + 4) !== 0) return undefined;
  if (crc32(file.subarray(start, start + 28)) !== file.readUInt32LE(start + 28)) return undefined;
  if (file[start + 4] !== VERSION) return undefined;
  const meta = file.readUInt16LE(start + 6);
  return {
    meta,
    items: file.readUInt32LE(start + 12),
    time: file.readDoubleLE(start + 16),
    doubtful: (file[start + 5]! & DOUBTFUL) !== 0,
    crc: file.readUInt32LE(start + 24),
    end: start + HEADER + meta + file.readUInt32LE(start + 8),
  };
}

/** Where the next header begins that is whole, or the end of the file. */
function nextHeader(file: Buffer, from: number): number {
  for (let at = file.indexOf(MAGIC, from); at !== -1; at = file.indexOf(MAGIC, at + 1)) {
    if (headerAt(file, at) !== undefined) return at;
  }
  return file.length;
}
