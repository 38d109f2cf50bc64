import { stringify } from 'yaml';
import { TelltaleError } from '../../common/errors.js';
import { checkArray } from '../../common/options.js';
import type { BurnRateAlert } from '../burn-rate.js';
import type { CalendarUnit } from '../calendar.js';
import { isTracker } from '../is-tracker.js';
import { checkObjective, type Objective, type SloOptions } from '../options.js';
import { exposedEvents } from '../promql-window.js';
import type { SloTracker } from '../tracker.js';
import type { CalendarWindow } from '../window.js';
import { API_VERSION } from './documents.js';
import { toShorthand } from './duration.js';

const OWNER = 'writeOpenSlo';

const DURATIONS: Readonly<Record<CalendarUnit, string>> = {
  day: '1d',
  week: '1w',
  month: '1M',
  quarter: '1Q',
};
/** Each begins one of every unit: 1 January 2024 was a Monday. */
const START = '2024-01-01 00:00:00';

/**
 * Objectives as OpenSLO v1: a `Service` for each service that they name, and an `SLO` each, its indicator and alert
 * policies within it. `readOpenSlo` reads the same back.
 *
 * An objective without an indicator, or with one that PromQL cannot say, goes by `slo_events_total`, which a `SloSet`
 * with a registry exposes. What OpenSLO has no words for is left out: thresholds of states, guards for little traffic.
 *
 * @throws TelltaleError for an objective that is wrong, with its path.
 */
export function writeOpenSlo(objectives: readonly (SloOptions | SloTracker)[]): string {
  const all: Objective[] = [];
  checkArray(OWNER, 'objectives', objectives, (given, path) => {
    all.push(isTracker(given) ? given.objective : checkObjective(`${OWNER}: ${path}`, given));
  });
  const services = new Set(all.map(serviceOf));
  checkDistinct(
    'objectives',
    all.map(({ id }) => id),
  );
  checkDistinct('services', [...services]);
  return [...Array.from(services, serviceDocument), ...all.map(sloDocument)]
    .map((document) => stringify({ apiVersion: API_VERSION, ...document }, { lineWidth: 0 }))
    .join('---\n');
}

function serviceOf({ service }: Objective): string {
  return service ?? 'default';
}

function serviceDocument(name: string): object {
  return { kind: 'Service', metadata: { name: nameOf(name), displayName: name }, spec: {} };
}

function sloDocument(objective: Objective): object {
  const { id, name, description, slicing, targetPercent, alerts } = objective;
  return {
    kind: 'SLO',
    metadata: { name: nameOf(id), displayName: name },
    spec: {
      ...(description !== undefined && { description }),
      service: nameOf(serviceOf(objective)),
      indicator: { metadata: { name: nameOf(`${id}-sli`) }, spec: sliSpec(objective) },
      timeWindow: [windowOf(objective)],
      budgetingMethod:
        slicing === undefined
          ? 'Occurrences'
          : slicing.method === 'timeslices'
            ? 'Timeslices'
            : 'RatioTimeslices',
      objectives: [
        {
          ...thresholdOf(objective),
          targetPercent,
          ...(slicing !== undefined && { timeSliceWindow: toShorthand(slicing.slice) }),
          ...(slicing?.method === 'timeslices' && { timeSliceTarget: slicing.target }),
        },
      ],
      alertPolicies: alerts.map((alert, index) => policyOf(id, alert, index)),
    },
  };
}

function sliSpec({ id, indicator }: Objective): object {
  const definition = indicator?.definition;
  const metric = (query: string) => ({ metricSource: { type: 'Prometheus', spec: { query } } });
  if (definition === undefined) {
    const exposed = exposedEvents(id);
    return {
      ratioMetric: {
        counter: true,
        bad: metric(exposed.bad),
        total: metric(exposed.total),
      },
    };
  }
  if ('query' in definition) return { thresholdMetric: metric(definition.query) };
  return {
    ratioMetric: {
      counter: true,
      ...(definition.good !== undefined
        ? { good: metric(definition.good) }
        : { bad: metric(definition.bad) }),
      total: metric(definition.total),
    },
  };
}

function thresholdOf({ indicator }: Objective): object {
  const definition = indicator?.definition;
  return definition !== undefined && 'query' in definition
    ? { op: definition.op, value: definition.value }
    : {};
}

function windowOf({ window }: Objective): object {
  if (window.kind === 'rolling') return { duration: toShorthand(window.longest), isRolling: true };
  const { calendar, timeZone = 'UTC' } = window.given as CalendarWindow;
  return { duration: DURATIONS[calendar], calendar: { startTime: START, timeZone }, isRolling: false };
}

function policyOf(id: string, { severity, factor, long, short }: BurnRateAlert, index: number): object {
  const name = nameOf(`${id}-burn-${index + 1}`);
  return {
    kind: 'AlertPolicy',
    metadata: { name },
    spec: {
      alertWhenBreaching: true,
      conditions: [
        {
          kind: 'AlertCondition',
          metadata: { name },
          spec: {
            severity,
            condition: {
              kind: 'burnrate',
              op: 'gt',
              threshold: Number(factor.toPrecision(12)),
              lookbackWindow: toShorthand(long),
              alertAfter: toShorthand(short),
            },
          },
        },
      ],
      notificationTargets: [],
    },
  };
}

/** Names that OpenSLO writes alike would be one document when they are read back. */
function checkDistinct(what: string, names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(nameOf(name));
    if (other !== undefined) {
      throw new TelltaleError(
        `${OWNER}: ${what} ${JSON.stringify(other)} and ${JSON.stringify(name)} are both ${nameOf(name)} in OpenSLO; accepted: names that differ in letters, digits, - and .`,
        what,
      );
    }
    seen.set(nameOf(name), name);
  }
}

/** A name as OpenSLO has it: letters, digits, `-` and `.`, at most 63. */
function nameOf(text: string): string {
  const name = text.replace(/[^a-zA-Z0-9.-]+/g, '-').slice(0, 63);
  return name.replace(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, '') || 'unnamed';
}
