import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json';
import { type Door, doors, outputName } from '../../scripts/doors';
import tsconfig from '../../tsconfig.json';

const names = Object.keys(doors) as Door[];

describe('the doors of the package', () => {
  it.each(names)('%s leads to a file', (door) => {
    expect(existsSync(new URL(`../../${doors[door]}`, import.meta.url))).toBe(true);
  });

  it('are what package.json exports, types first, for ESM and CJS', () => {
    const expected = Object.fromEntries(
      names.map((door) => {
        const file = `./dist/${outputName(door)}`;
        return [
          door,
          {
            import: { types: `${file}.d.ts`, default: `${file}.js` },
            require: { types: `${file}.d.cts`, default: `${file}.cjs` },
          },
        ];
      }),
    );
    expect(packageJson.exports).toEqual({ ...expected, './package.json': './package.json' });
  });

  it('are what the compiler resolves in this repository', () => {
    const expected = Object.fromEntries(
      names.map((door) => [`telltale${door.slice(1)}`, [`./${doors[door]}`]]),
    );
    expect(tsconfig.compilerOptions.paths).toEqual(expected);
  });
});
