import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

describe('the source', () => {
  it('has no file past 400 lines: look for the second idea in it', () => {
    const long = files.filter((file) => readFileSync(`${src}/${file}`, 'utf8').split('\n').length > 401);
    expect(long).toEqual([]);
  });
});
