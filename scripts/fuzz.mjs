/**
 * Looks for counterexamples to the properties that the tests state, under seeds that no run had before.
 * `npm test` keeps to one seed, so that it never fails by chance; this is where chance has its place.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `Usage: npm run fuzz -- [options] [test files]

  --seeds N     run every property under N seeds (default 20)
  --minutes N   go on with new seeds until N minutes are over
  --from N      the first seed, instead of a random one
  --help        print this and stop

Without test files, all that state properties. Ends with 1 when a property failed. Another version of Node:
npx -y -p node@24 node scripts/fuzz.mjs`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '0' },
    from: { type: 'string', default: String(randomInt(2 ** 30)) },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit();
}
const [seeds, minutes, from] = [options.seeds, options.minutes, options.from].map(Number);
if (!(Number.isSafeInteger(seeds) && seeds > 0 && minutes >= 0 && Number.isSafeInteger(from))) {
  console.error(HELP);
  process.exit(2);
}

const files = positionals.length > 0 ? positionals : filesWithProperties('test');
const reports = mkdtempSync(join(tmpdir(), 'telltale-fuzz-'));
const endTime = Date.now() + minutes * 60_000;
const failed = new Map();
console.log(
  `${files.length} files, ${seeds} seeds a round, from seed ${from}; Node ${process.versions.node}`,
);
for (let seed = from, round = 1; round === 1 || Date.now() < endTime; seed += seeds, round++) {
  const started = Date.now();
  const failures = runRound(seed);
  console.log(
    `round ${round}: seeds ${seed} to ${seed + seeds - 1}, ${failures.length} failed, ` +
      `${Math.round((Date.now() - started) / 1000)} s`,
  );
  for (const failure of failures) {
    console.log(`\n${failure.command}\n${failure.message.slice(0, 3000)}\n`);
    failed.set(failure.command, failure);
  }
}
rmSync(reports, { recursive: true });
if (failed.size > 0) console.log(`\nto reproduce:\n${[...failed.keys()].join('\n')}`);
process.exitCode = failed.size > 0 ? 1 : 0;

function filesWithProperties(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.test.ts') && !file.startsWith('integration'))
    .map((file) => join(folder, file))
    .filter((file) => readFileSync(file, 'utf8').includes('fc.assert('))
    .sort();
}

/** One run of the test files, with each property under all seeds from the given one on. */
function runRound(seed) {
  const report = join(reports, `${seed}.json`);
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--silent', '--testTimeout=0'];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...vitest, '--reporter=json', `--outputFile=${report}`, ...files],
    { env: { ...process.env, FUZZ_SEED: String(seed), FUZZ_SEEDS: String(seeds) }, encoding: 'utf8' },
  );
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    console.error(stdout, stderr);
    process.exit(2);
  }
  return results.flatMap(({ name, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failures = assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => describe(file, fullName, failureMessages.join('\n'), seed));
    // A file that throws while it is loaded has failed without a failed test.
    if (message && failures.length === 0) failures.push(describe(file, undefined, message, seed));
    return failures;
  });
}

/** A failure and the command that repeats it; fast-check names the seed where a property failed. */
function describe(file, name, message, firstSeed) {
  const seed = /\{ seed: (-?\d+)/.exec(message)?.[1] ?? firstSeed;
  const only = name === undefined ? '' : ` -t ${quote(escapePattern(name))}`;
  return { command: `FUZZ_SEED=${seed} npx vitest run ${file}${only}`, message };
}

function escapePattern(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
