/** A decoder of snappy's block format, written from its description, that trusts nothing it reads. */
export function unsnappy(bytes: Uint8Array): Buffer {
  let at = 0;
  const next = () => {
    if (at >= bytes.length) throw new Error('it ends too early');
    return bytes[at++]!;
  };
  let length = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = next();
    length += (byte & 127) * factor;
    if (byte < 128) break;
  }
  const output = Buffer.alloc(length);
  let made = 0;
  while (at < bytes.length) {
    const tag = next();
    const kind = tag & 3;
    if (kind === 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const count = size - 60;
        size = 1;
        for (let i = 0; i < count; i++) size += next() * 256 ** i;
      }
      if (made + size > length) throw new Error('a literal is too long');
      for (let i = 0; i < size; i++) output[made++] = next();
      continue;
    }
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    let distance = kind === 1 ? ((tag >> 5) << 8) | next() : next() | (next() << 8);
    if (kind === 3) distance += (next() << 16) | (next() << 24);
    if (distance === 0 || distance > made) throw new Error('a copy from before the beginning');
    if (made + size > length) throw new Error('a copy is too long');
    for (let i = 0; i < size; i++, made++) output[made] = output[made - distance]!;
  }
  if (made !== length) throw new Error('it is shorter than it says');
  return output;
}
