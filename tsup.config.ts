import { defineConfig } from 'tsup';
import { type Door, doors, outputName } from './scripts/doors.ts';
import { gatherChunks } from './scripts/gather-chunks.ts';

const entry: Record<string, string> = Object.fromEntries(
  Object.entries(doors).map(([door, file]) => [outputName(door as Door), file]),
);
// The shebang of the program stays, and makes its file executable.
entry.cli = 'src/cli/main.ts';

export default defineConfig(({ outDir = 'dist' }) => ({
  entry,
  format: ['esm', 'cjs'],
  dts: true,
  clean: true,
  sourcemap: true,
  // Doors share their classes: a Counter from `telltale` is the Counter of `telltale/metrics`.
  splitting: true,
  target: 'node20',
  platform: 'node',
  // `node:fs` stays `node:fs`: Deno and the edge know Node's modules by that name only.
  removeNodeProtocol: false,
  onSuccess: () => gatherChunks(outDir, Object.keys(entry)),
}));
