import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from '../crc32.js';

/** How far a folder of segments has been sent. Everything before it has arrived, or was given up and counted. */
export interface Position {
  /** Number of the segment. */
  readonly segment: number;
  /** Bytes from its beginning. */
  readonly offset: number;
  /** The record there was being sent: it may have arrived. */
  readonly sending: boolean;
}

const SLOT = 32;

/**
 * A position that survives the process, and the machine. It is written before and after every request, in turns to
 * one of two places, each with a serial number and a checksum: whichever is written when the power fails, the
 * other one stands.
 */
export class Cursor {
  readonly #path: string;
  #file: FileHandle | undefined;
  #serial = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The position that was written last; `undefined` where there is none that can be read. */
  async read(): Promise<Position | undefined> {
    this.#file ??= await open(this.#path, 'r+').catch(() => open(this.#path, 'w+'));
    const bytes = Buffer.alloc(2 * SLOT);
    await this.#file.read(bytes, 0, bytes.length, 0);
    let position: Position | undefined;
    for (const slot of [bytes.subarray(0, SLOT), bytes.subarray(SLOT)]) {
      const serial = slot.readUInt32LE(0);
      if (serial <= this.#serial || crc32(slot.subarray(0, 28)) !== slot.readUInt32LE(28)) continue;
      this.#serial = serial;
      position = {
        segment: slot.readUInt32LE(4),
        offset: slot.readDoubleLE(8),
        sending: slot[16] === 1,
      };
    }
    return position;
  }

  async write(position: Position, sync: boolean): Promise<void> {
    this.#file ??= await open(this.#path, 'w+');
    const slot = Buffer.alloc(SLOT);
    this.#serial++;
    slot.writeUInt32LE(this.#serial, 0);
    slot.writeUInt32LE(position.segment, 4);
    slot.writeDoubleLE(position.offset, 8);
    slot[16] = position.sending ? 1 : 0;
    slot.writeUInt32LE(crc32(slot.subarray(0, 28)), 28);
    await this.#file.write(slot, 0, SLOT, (this.#serial % 2) * SLOT);
    if (sync) await this.#file.datasync();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
