import { defineConfig } from 'tsup';
import { type Door, doors, outputName } from './scripts/doors.ts';

const entry = Object.fromEntries(
  Object.entries(doors).map(([door, file]) => [outputName(door as Door), file]),
);

export default defineConfig({
  // The shebang of the program stays, and makes its file executable.
  entry: { ...entry, cli: 'src/cli/main.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  clean: true,
  sourcemap: true,
  // Doors share their classes: a Counter from `telltale` is the Counter of `telltale/metrics`.
  splitting: true,
  treeshake: true,
  target: 'node20',
  platform: 'node',
  // `node:fs` stays `node:fs`: Deno and the edge know Node's modules by that name only.
  removeNodeProtocol: false,
});
