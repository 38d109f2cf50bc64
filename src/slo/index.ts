export {
  alert,
  type CockatielBreaker,
  keepTraces,
  type OpossumBreaker,
  openBreaker,
  type SloAlert,
  scale,
  type TraceKeeper,
  tightenRateLimit,
} from './actions.js';
export { type AvailabilityOptions, type AvailabilityReport, availabilityReport } from './availability.js';
export { availabilityMarkdown, availabilityTable } from './availability-text.js';
export type { Budgeting } from './budgeting.js';
export {
  type BurnRateAlert,
  type BurnRateTier,
  type BurnRateVerdict,
  WORKBOOK_TIERS,
} from './burn-rate.js';
export type { CalendarUnit } from './calendar.js';
export type { SloCondition } from './condition.js';
export type { Counts } from './count-ring.js';
export {
  DEPLOYMENT_POLICIES,
  type DeploymentConstraints,
  type DeploymentDecision,
  type DeploymentPolicy,
  type DeploymentRequest,
  type DeploymentRisk,
  decide,
  type RollbackRule,
} from './decide.js';
export type { Episode } from './episodes.js';
export { type BudgetForecast, type ForecastOptions, forecast } from './forecast.js';
export type {
  Indicator,
  IndicatorDefinition,
  IndicatorHost,
  RunningIndicator,
  SloNote,
  ThresholdDefinition,
  ThresholdOperator,
} from './indicator.js';
export { type CounterRatioOptions, counterRatio } from './indicators/counter-ratio.js';
export { type GaugeWhileOptions, gaugeWhile } from './indicators/gauge.js';
export {
  type HttpAvailabilityOptions,
  type HttpLatencyOptions,
  type HttpRequests,
  httpAvailability,
  httpLatency,
} from './indicators/http.js';
export { type LatencyBelowOptions, latencyBelow } from './indicators/latency.js';
export { type PromqlRatioOptions, promqlRatio } from './indicators/promql.js';
export { type SpansWhereOptions, spansWhere } from './indicators/spans.js';
export type { Objective, SloOptions, SloTrackerOptions, StateThresholds } from './options.js';
export {
  type ActionContext,
  type SloAction,
  SloPolicies,
  type SloPoliciesOptions,
  type SloPolicy,
} from './policies.js';
export {
  type PrometheusAlertingRule,
  type PrometheusRecordingRule,
  type PrometheusRuleGroup,
  type PrometheusRulesOptions,
  prometheusRuleGroups,
} from './prometheus-rules.js';
export {
  type Sla,
  type SlaKind,
  type SlaReport,
  type SlaTerm,
  type SlaTermReport,
  slaReport,
} from './sla.js';
export { SloSet, type SloSetOptions } from './slo-set.js';
export type { SloSnapshot } from './snapshot.js';
export { statusFromSource } from './source-status.js';
export { fileStateStore, type StateStore } from './state-store.js';
export type { BudgetAmounts, SloState, SloStatus } from './status.js';
export { SloTracker } from './tracker.js';
export type { CalendarWindow, ObjectiveWindow, SloWindow } from './window.js';
