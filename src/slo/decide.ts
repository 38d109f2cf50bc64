import {
  checkArray,
  checkBoolean,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
} from '../common/options.js';
import type { SloState, SloStatus } from './status.js';
import { durationOption } from './window.js';

export type DeploymentRisk = 'low' | 'medium' | 'high';

const RISKS: readonly DeploymentRisk[] = ['low', 'medium', 'high'];
const STATES: readonly SloState[] = ['healthy', 'warning', 'critical', 'breached'];

/** A deployment that somebody wants to make. */
export interface DeploymentRequest {
  /** Only objectives of this service are looked at. Default: all of them. */
  service?: string;
  /** Default `medium`. */
  risk?: DeploymentRisk;
  /** It mends what is failing: it may go ahead where others may not, when somebody approves. Default false. */
  emergency?: boolean;
}

/** When the rollout is to be undone by whoever makes it. */
export interface RollbackRule {
  /** Such as `5m`. */
  window: string;
  /** A burn rate over that window above which it is undone. */
  burnRate: number;
}

/** What a deployment has to keep to. */
export interface DeploymentConstraints {
  /** Percent of the traffic that may see it at first. */
  readonly canaryPercent?: number;
  /** Minutes that the canary has to stand. */
  readonly canaryMinutes?: number;
  /** Whether a person has to approve. */
  readonly approval: boolean;
  readonly rollback: RollbackRule;
}

/** A condition on an objective, and what it means for a deployment. Every condition that is given must hold. */
export interface DeploymentPolicy {
  name: string;
  /** Percent of the budget that is used up. */
  consumedAbove?: number;
  /** A burn rate alert of this severity fires. */
  firing?: string;
  /** The objective is in one of these states. */
  state?: readonly SloState[];
  /** No event is known of in the objective's window: nobody used it, or its indicator is wrong. */
  noData?: boolean;
  /** Deployments of these risks only. Default: all. */
  risks?: readonly DeploymentRisk[];
  /** Whether it forbids the deployment. Default false. */
  forbid?: boolean;
  canaryPercent?: number;
  canaryMinutes?: number;
  approval?: boolean;
  rollback?: RollbackRule;
}

/** Whether a deployment may go ahead, how, and why. */
export interface DeploymentDecision {
  readonly approved: boolean;
  readonly constraints: DeploymentConstraints;
  /** One sentence for each policy that has a say, and for each objective that has none. */
  readonly reasons: readonly string[];
  /** The policies that apply, with the objective each applies to. */
  readonly applied: readonly { readonly policy: string; readonly slo: string }[];
}

/**
 * The policies of a team that wants to keep its objectives:
 *
 * - `freeze`: above 90 % of a budget nothing goes out.
 * - `burning`: while a `page` fires nothing goes out.
 * - `conservative`: above 75 % a canary of at most 5 % for 60 minutes, with approval, and an early rollback.
 * - `careful`: above 50 %, what is of high risk begins with a canary of 10 % for 30 minutes.
 */
export const DEPLOYMENT_POLICIES: readonly DeploymentPolicy[] = [
  { name: 'freeze', consumedAbove: 90, forbid: true },
  { name: 'burning', firing: 'page', forbid: true },
  {
    name: 'conservative',
    consumedAbove: 75,
    canaryPercent: 5,
    canaryMinutes: 60,
    approval: true,
    rollback: { window: '5m', burnRate: 6 },
  },
  { name: 'careful', consumedAbove: 50, risks: ['high'], canaryPercent: 10, canaryMinutes: 30 },
];

const ROLLBACK: RollbackRule = { window: '5m', burnRate: 14.4 };
const OWNER = 'decide';

/**
 * Decides about a deployment from how the objectives stand. Every policy is held against every objective; the
 * strictest constraint counts, and one that forbids is enough.
 *
 * ```ts
 * const { approved, constraints, reasons } = decide({ service: 'checkout', risk: 'high' }, slos.statuses());
 * ```
 *
 * @throws TelltaleError for a request or a policy that is wrong.
 */
export function decide(
  request: DeploymentRequest,
  statuses: readonly SloStatus[],
  policies: readonly DeploymentPolicy[] = DEPLOYMENT_POLICIES,
): DeploymentDecision {
  const given = checkOptions(OWNER, request, ['service', 'risk', 'emergency']);
  const service = given.service === undefined ? undefined : checkString(OWNER, 'service', given.service, '');
  const risk = checkOneOf(OWNER, 'risk', given.risk, 'medium', RISKS);
  const emergency = checkBoolean(OWNER, 'emergency', given.emergency, false);
  checkArray(OWNER, 'policies', policies, checkPolicy);

  const looked = statuses.filter((status) => service === undefined || status.service === service);
  const reasons: string[] = [];
  const applied: { policy: string; slo: string }[] = [];
  let constraints: DeploymentConstraints = { approval: false, rollback: ROLLBACK };
  let forbidden = false;
  for (const status of looked) {
    let isFine = true;
    for (const policy of policies) {
      if (policy.risks !== undefined && !policy.risks.includes(risk)) continue;
      const why = whyItApplies(policy, status);
      if (why === undefined) continue;
      isFine = false;
      applied.push({ policy: policy.name, slo: status.id });
      forbidden ||= policy.forbid === true;
      constraints = stricter(constraints, policy);
      reasons.push(`${status.name}: ${why}, so ${consequence(policy)} (policy ${policy.name})`);
    }
    if (isFine) {
      const unknown = status.total === 0 ? '; nothing happened, or nothing is known of it' : '';
      reasons.push(`${status.name}: ${percent(status.budget.remaining)} of the budget is left${unknown}`);
    }
  }
  if (looked.length === 0) {
    reasons.push(service === undefined ? 'there are no objectives' : `${service} has no objectives`);
  }
  if (forbidden && emergency) {
    constraints = { ...constraints, approval: true };
    reasons.push('it is an emergency: it may go ahead when somebody approves');
  }
  return { approved: !forbidden || emergency, constraints, reasons, applied };
}

/** Why a policy applies to an objective; `undefined` where it does not. */
function whyItApplies(policy: DeploymentPolicy, status: SloStatus): string | undefined {
  const reasons: string[] = [];
  if (policy.consumedAbove !== undefined) {
    if (!(status.budget.consumed * 100 > policy.consumedAbove)) return undefined;
    reasons.push(`${percent(status.budget.consumed)} of the budget is used up`);
  }
  if (policy.firing !== undefined) {
    const alert = status.alerts.find(({ severity, firing }) => firing && severity === policy.firing);
    if (alert === undefined) return undefined;
    const { severity, long, longBurnRate } = alert;
    reasons.push(`a ${severity} fires (over ${long} it burns ${round(longBurnRate)} times too fast)`);
  }
  if (policy.state !== undefined) {
    if (!policy.state.includes(status.state)) return undefined;
    reasons.push(`it is ${status.state}`);
  }
  if (policy.noData === true) {
    if (status.total !== 0) return undefined;
    reasons.push('nothing happened, or nothing is known of it');
  }
  return reasons.join(' and ');
}

function stricter(before: DeploymentConstraints, policy: DeploymentPolicy): DeploymentConstraints {
  const { canaryPercent, canaryMinutes, rollback = before.rollback } = policy;
  const least = minimum(before.canaryPercent, canaryPercent);
  const longest = maximum(before.canaryMinutes, canaryMinutes);
  return {
    ...(least !== undefined && { canaryPercent: least }),
    ...(longest !== undefined && { canaryMinutes: longest }),
    approval: before.approval || policy.approval === true,
    rollback: rollback.burnRate < before.rollback.burnRate ? rollback : before.rollback,
  };
}

function consequence({ forbid, canaryPercent, canaryMinutes, approval }: DeploymentPolicy): string {
  if (forbid === true) return 'nothing goes out';
  const parts: string[] = [];
  if (canaryPercent !== undefined) {
    const time = canaryMinutes === undefined ? '' : ` for ${canaryMinutes} minutes`;
    parts.push(`a canary of at most ${canaryPercent} %${time} comes first`);
  }
  if (approval === true) parts.push('somebody has to approve');
  return parts.join(' and ') || 'it is watched closely';
}

function checkPolicy(policy: DeploymentPolicy, path: string): void {
  const given = checkOptions(`${OWNER}: ${path}`, policy, [
    'name',
    'consumedAbove',
    'firing',
    'state',
    'noData',
    'risks',
    'forbid',
    'canaryPercent',
    'canaryMinutes',
    'approval',
    'rollback',
  ]);
  const owner = `${OWNER}: ${path}`;
  checkString(owner, 'name', given.name ?? '', '');
  checkNumber(owner, 'consumedAbove', given.consumedAbove, 0, { min: 0 });
  checkNumber(owner, 'canaryPercent', given.canaryPercent, 0, { min: 0, max: 100 });
  checkNumber(owner, 'canaryMinutes', given.canaryMinutes, 0, { min: 0 });
  checkBoolean(owner, 'noData', given.noData, false);
  checkArray(owner, 'risks', given.risks, (risk, at) => void checkOneOf(owner, at, risk, 'low', RISKS));
  checkArray(
    owner,
    'state',
    given.state,
    (state, at) => void checkOneOf(owner, at, state, 'healthy', STATES),
  );
  if (given.rollback !== undefined) {
    const rollback = checkOptions(`${owner}.rollback`, given.rollback, ['window', 'burnRate']);
    durationOption(owner, 'rollback.window', rollback.window, 10_000);
    checkNumber(owner, 'rollback.burnRate', rollback.burnRate, 0, { min: 0 });
  }
}

function minimum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function maximum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${round(share * 100)} %` : 'all';
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
