/**
 * The floors of the house (CONTRIBUTING.md): an import may only go down.
 * A floor is a list of folders; each may import itself and the floors named before it.
 */
const floors = [
  ['common'],
  ['logs', 'trace', 'metrics'],
  ['exporters', 'query'],
  ['instrument', 'slo', 'alerting', 'compat'],
  ['incidents', 'dashboards', 'chaos', 'investigate'],
  // The program `telltale`.
  ['cli'],
];
const path = (rooms) => `^src/(${rooms.join('|')})/`;

const down = floors.flatMap((rooms, floor) => {
  const above = floors.slice(floor + 1).flat();
  return above.length === 0
    ? []
    : [
        {
          name: `floor-${floor}-looks-up`,
          severity: 'error',
          from: { path: path(rooms) },
          to: { path: path(above) },
        },
      ];
});
const roof = '^src/index\\.ts$|^src/(telemetry|testing)/';

// The files that users import, from the one list that can be read without a TypeScript loader.
const doors = Object.values(require('./tsconfig.json').compilerOptions.paths)
  .flat()
  .map((file) => file.replace('./', '').replaceAll('.', '\\.'));

module.exports = {
  forbidden: [
    ...down,
    {
      name: 'a-floor-imports-the-roof',
      severity: 'error',
      from: { path: path(floors.flat()) },
      to: { path: roof },
    },
    {
      // A log line gets its trace id, and an exemplar its span, from the context in `common`.
      name: 'pillars-stand-alone',
      severity: 'error',
      from: { path: '^src/(logs|trace|metrics)/' },
      to: { path: '^src/(logs|trace|metrics)/', pathNot: '^src/$1/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      // A file that nothing imports and that imports nothing is forgotten, unless it is a door.
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', ...doors.map((file) => `^${file}$`)] },
      to: {},
    },
    {
      name: 'only-declared-dependencies',
      severity: 'error',
      from: { path: '^src' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'],
        dependencyTypesNot: ['npm-peer', 'type-only'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
