import { setMaxListeners } from 'node:events';
import { parseArgs } from 'node:util';
import { textTable } from '../exporters/text-table.js';
import { prometheusSource } from '../query/http/prometheus-source.js';
import {
  DEPLOYMENT_POLICIES,
  type DeploymentDecision,
  type DeploymentPolicy,
  type DeploymentRisk,
  decide,
} from '../slo/decide.js';
import { statusFromSource } from '../slo/source-status.js';
import type { SloStatus } from '../slo/status.js';
import { type Command, EXIT_FAILED, EXIT_OK, type Terminal, UsageError } from './command.js';
import { contentOf } from './open-source.js';
import { parseHeader, parseUrl, wrongArguments } from './place.js';

const HELP = `Decides whether a deployment may go out, by how much of the error budgets is left.

Usage: telltale gate --slo FILE --prometheus URL [OPTIONS]

Where
  --slo FILE           objectives in OpenSLO v1 (YAML); may be given again
  --prometheus URL     a Prometheus, or whatever speaks its HTTP API: http://localhost:9090
  --header 'Name: x'   sent with each request; may be given again

What
  --service NAME       looks at the objectives of this service only
  --risk RISK          of the deployment: low, medium or high; by default medium
  --require-data       not approved while nothing is known of an objective: its indicator may be wrong
  --emergency          it mends what is failing: it may go out with approval
  --json               prints decision and status as JSON

Exit codes: 0 it may go out (constraints are printed), 1 it may not, or nobody could be asked,
2 the arguments make no sense.

Above 90 % of a budget, or while a page fires, nothing goes out; above 75 % a canary of at most 5 %
for 60 minutes comes first, with approval.
`;

const REQUIRE_DATA: DeploymentPolicy = { name: 'require-data', noData: true, forbid: true };
const RISKS = ['low', 'medium', 'high'];

/** `telltale gate`: for the pipeline that is about to deploy. */
export const gateCommand: Command = {
  name: 'gate',
  summary: 'decides by error budgets whether a deployment may go out',
  help: HELP,
  run: gate,
};

async function gate(args: readonly string[], terminal: Terminal): Promise<number> {
  const { files, url, headers, service, risk, policies, emergency, json } = argumentsOf(args);
  // Only a gate needs YAML, whose parser takes longer to load than all else of the program.
  const { readOpenSlo } = await import('../slo/openslo/read.js');
  const objectives = [];
  for (const file of files) {
    objectives.push(...readOpenSlo(await contentOf(file, terminal), { file }).objectives);
  }
  const wanted = objectives.filter((objective) => service === undefined || objective.service === service);
  if (wanted.length === 0) {
    const known = [...new Set(objectives.map((objective) => objective.service))].join(', ') || 'none';
    throw new Error(
      service === undefined
        ? `there are no objectives in ${files.join(', ')}`
        : `${service} has no objectives; services that have: ${known}`,
    );
  }
  const source = prometheusSource({ url, headers, retry: false });
  const time = terminal.clock.now();
  const { signal } = terminal;
  // Each objective asks up to 18 questions at once, all of which listen to it.
  setMaxListeners(0, signal);
  const statuses: SloStatus[] = [];
  for (const objective of wanted) statuses.push(await statusFromSource(objective, source, time, { signal }));
  const decision = decide({ ...(service !== undefined && { service }), risk, emergency }, statuses, policies);
  terminal.out(json ? `${JSON.stringify({ ...decision, statuses })}\n` : textOf(decision, statuses));
  return decision.approved ? EXIT_OK : EXIT_FAILED;
}

function textOf(
  { approved, constraints, reasons }: DeploymentDecision,
  statuses: readonly SloStatus[],
): string {
  const rows = statuses.map(({ name, target, compliance, budget, burnRates, state }) => [
    name,
    `${target} %`,
    `${(compliance * 100).toFixed(3)} %`,
    `${(budget.remaining * 100).toFixed(1)} %`,
    (burnRates['1h'] ?? 0).toFixed(2),
    state,
  ]);
  const table = textTable(['objective', 'target', 'now', 'budget left', 'burn 1h', 'state'], rows);
  const { canaryPercent, canaryMinutes, approval, rollback } = constraints;
  const keep: string[] = [];
  if (canaryPercent !== undefined) keep.push(`canary of at most ${canaryPercent} %`);
  if (canaryMinutes !== undefined) keep.push(`for ${canaryMinutes} minutes`);
  if (approval) keep.push('with approval');
  keep.push(`roll back when it burns above ${rollback.burnRate} over ${rollback.window}`);
  return [
    table,
    ...reasons.map((reason) => `- ${reason}\n`),
    '\n',
    approved ? `approved: ${keep.join(', ')}\n` : 'not approved\n',
  ].join('');
}

function argumentsOf(args: readonly string[]) {
  const values = parse(args);
  const { slo: files = [], prometheus, service, risk = 'medium', header = [] } = values;
  if (files.length === 0) throw new UsageError('there are no objectives; give --slo FILE');
  if (prometheus === undefined) {
    throw new UsageError('there is nobody to ask; give --prometheus http://host:9090');
  }
  if (!RISKS.includes(risk)) {
    throw new UsageError(`--risk is ${JSON.stringify(risk)}; accepted: ${RISKS.join(', ')}`);
  }
  return {
    files,
    url: parseUrl('prometheus', prometheus),
    headers: Object.fromEntries(header.map(parseHeader)),
    service,
    risk: risk as DeploymentRisk,
    policies: values['require-data'] === true ? [REQUIRE_DATA, ...DEPLOYMENT_POLICIES] : DEPLOYMENT_POLICIES,
    emergency: values.emergency === true,
    json: values.json === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        slo: { type: 'string', multiple: true },
        prometheus: { type: 'string' },
        header: { type: 'string', multiple: true },
        service: { type: 'string' },
        risk: { type: 'string' },
        'require-data': { type: 'boolean' },
        emergency: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw wrongArguments(error);
  }
}
