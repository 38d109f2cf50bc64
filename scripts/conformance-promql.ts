/**
 * Runs Prometheus's own PromQL test scripts against the embedded store and engine.
 *
 *     npm run conformance:promql -- [DIR] [--json FILE]
 *
 * DIR is a folder of `.test` files, by default ../shared/conformance/promqltest. Exit code 1 when anything fails.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runScript, type ScriptResult } from '../test/conformance/promql/run.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
});
const folder = resolve(positionals[0] ?? '../shared/conformance/promqltest');
if (!existsSync(folder)) {
  console.error(`There is no folder ${folder}: nothing was run.`);
  process.exit(1);
}
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test'))
  .sort();
if (files.length === 0) {
  console.error(`There are no .test files in ${folder}: nothing was run.`);
  process.exit(1);
}

const results: ({ file: string } & ScriptResult)[] = [];
const width = Math.max(...files.map((file) => file.length));
for (const file of files) {
  const result = await runScript(readFileSync(join(folder, file), 'utf8'));
  results.push({ file, ...result });
  console.log(`${file.padEnd(width)}  ${summary(result)}`);
  for (const { line, expr, reason } of result.failures)
    console.log(`    failed, line ${line}: ${expr}\n        ${reason}`);
  for (const { line, expr, reason } of result.skipped)
    console.log(`    skipped, line ${line}: ${expr}\n        ${reason}`);
}
const total: ScriptResult = {
  passed: results.reduce((sum, { passed }) => sum + passed, 0),
  failures: results.flatMap(({ failures }) => failures),
  skipped: results.flatMap(({ skipped }) => skipped),
};
console.log(`${'total'.padEnd(width)}  ${summary(total)}`);
if (values.json !== undefined) {
  const counts = ({ passed, failures, skipped }: ScriptResult) => ({
    passed,
    failed: failures.length,
    skipped: skipped.length,
  });
  const report = {
    ...counts(total),
    files: results.map((result) => ({
      file: result.file,
      ...counts(result),
      failures: result.failures,
      skips: result.skipped,
    })),
  };
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
process.exitCode = total.failures.length > 0 ? 1 : 0;

function summary({ passed, failures, skipped }: ScriptResult): string {
  return `${String(passed).padStart(5)} passed  ${String(failures.length).padStart(4)} failed  ${String(skipped.length).padStart(4)} skipped`;
}
