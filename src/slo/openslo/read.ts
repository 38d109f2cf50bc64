import { checkMethods, checkOptions, checkString } from '../../common/options.js';
import { formatDuration } from '../../query/duration.js';
import type { MetricSource } from '../../query/source.js';
import type { Budgeting } from '../budgeting.js';
import type { CalendarUnit } from '../calendar.js';
import type { Indicator } from '../indicator.js';
import { promqlIndicator } from '../indicators/promql.js';
import { checkObjective, type SloOptions } from '../options.js';
import { objectiveWindow, type SloWindow } from '../window.js';
import { type OpenSloDocument, OpenSloDocuments, readDocument } from './documents.js';
import { shorthand } from './duration.js';
import { readTiers } from './read-alerts.js';
import { readDefinition } from './read-sli.js';
import type { YamlNode } from './yaml-node.js';

export interface OpenSloOptions {
  /** What the objectives' queries are asked of while they are tracked. Not needed for rules and gates. */
  source?: MetricSource;
  /** What errors call the text. Default `OpenSLO`. */
  file?: string;
}

/** A service of an OpenSLO file. */
export interface OpenSloService {
  readonly name: string;
  readonly displayName: string | undefined;
  readonly description: string | undefined;
}

export interface OpenSloContent {
  readonly services: readonly OpenSloService[];
  /** For `SloTracker`, `SloSet` and `prometheusRules`. */
  readonly objectives: readonly SloOptions[];
}

const OWNER = 'readOpenSlo';

/**
 * Reads objectives from OpenSLO v1: `Service`, `SLO`, `SLI`, `AlertPolicy` and `AlertCondition`, in one text of one or
 * more YAML documents. Queries are PromQL. An SLO with several objectives gives several, with `-1`, `-2` … after its
 * name.
 *
 * What OpenSLO leaves open is read so: a month of a rolling window has 30 days; a calendar window is one day, week,
 * month or quarter, and begins where that begins; an expression over counters that is no selector is followed as a
 * whole; an alert's `alertAfter` becomes the short window.
 *
 * Specification: https://github.com/OpenSLO/OpenSLO
 *
 * @throws TelltaleError for what is wrong, with its path: `SLO checkout: spec.objectives[0].target`.
 */
export function readOpenSlo(text: string, options: OpenSloOptions = {}): OpenSloContent {
  const given = checkOptions(OWNER, options, ['source', 'file']);
  const source = given.source && checkMethods(OWNER, 'source', given.source, ['query']);
  const file = checkString(OWNER, 'file', given.file, 'OpenSLO');
  const documents = new OpenSloDocuments(checkString(OWNER, 'text', text, ''), file);
  const services: OpenSloService[] = [];
  const objectives: SloOptions[] = [];
  for (const document of documents.all) {
    const { kind, name, displayName, spec } = document;
    if (kind === 'Service') {
      const description = spec.object(['description']).get('description').optionalString();
      services.push({ name, displayName, description });
    }
    if (kind === 'SLO') objectives.push(...readSlo(document, documents, file, source));
  }
  return { services, objectives };
}

function readSlo(
  { name, displayName, spec }: OpenSloDocument,
  documents: OpenSloDocuments,
  file: string,
  source: MetricSource | undefined,
): SloOptions[] {
  spec.object([
    'description',
    'service',
    'indicator',
    'indicatorRef',
    'timeWindow',
    'budgetingMethod',
    'objectives',
    'alertPolicies',
  ]);
  const service = spec.get('service').string();
  const description = spec.get('description').optionalString();
  const sli = readSli(spec, documents, file);
  const window = readWindow(spec.get('timeWindow'));
  const period = objectiveWindow(OWNER, `${spec.path}.timeWindow`, window).longest;
  const alerts = spec.get('alertPolicies').given
    ? readTiers(spec.get('alertPolicies'), documents, file, period)
    : undefined;
  const list = spec.get('objectives');
  const all = list.list();
  if (all.length === 0) throw list.error('a list of at least one objective');
  return all.map((objective, index) => {
    objective.object([
      'displayName',
      'op',
      'value',
      'target',
      'targetPercent',
      'timeSliceTarget',
      'timeSliceWindow',
    ]);
    const text = objective.get('displayName').optionalString() ?? displayName;
    const made: SloOptions = {
      id: all.length === 1 ? name : `${name}-${index + 1}`,
      ...(text !== undefined && { name: text }),
      service,
      ...(description !== undefined && { description }),
      target: readTarget(objective),
      window,
      budgeting: readBudgeting(spec.get('budgetingMethod'), objective),
      indicator: indicatorOf(sli, objective, source),
      ...(alerts !== undefined && { alerts }),
    };
    checkObjective(objective.path, made);
    return made;
  });
}

function readSli(spec: YamlNode, documents: OpenSloDocuments, file: string): OpenSloDocument {
  const [inline, reference] = [spec.get('indicator'), spec.get('indicatorRef')];
  if (inline.given === reference.given) throw spec.error('one of indicator and indicatorRef');
  return inline.given ? readDocument(inline, file, 'SLI') : documents.find('SLI', reference);
}

function indicatorOf(sli: OpenSloDocument, objective: YamlNode, source: MetricSource | undefined): Indicator {
  return promqlIndicator(sli.displayName ?? sli.name, readDefinition(sli, objective), source);
}

function readTarget(objective: YamlNode): number {
  const [share, percent] = [objective.get('target'), objective.get('targetPercent')];
  if (share.given === percent.given) throw objective.error('one of target and targetPercent');
  return share.given
    ? Number((share.number('from 0 to 1', (value) => value >= 0 && value <= 1) * 100).toPrecision(15))
    : percent.number('percent from 0 to 100', (value) => value >= 0 && value <= 100);
}

function readBudgeting(method: YamlNode, objective: YamlNode): Budgeting {
  const name = method.given ? method.oneOf(['Occurrences', 'Timeslices', 'RatioTimeslices']) : 'Occurrences';
  if (name === 'Occurrences') return 'occurrences';
  const window = objective.get('timeSliceWindow');
  // A bare number means minutes.
  const slice =
    typeof window.value === 'number'
      ? window.number('minutes above 0, or a duration such as 5m', (minutes) => minutes > 0) * 60_000
      : shorthand(window).ms;
  if (name === 'RatioTimeslices') return { method: 'ratio-timeslices', slice: formatDuration(slice) };
  const target = objective.get('timeSliceTarget').number('from 0 to 1', (value) => value >= 0 && value <= 1);
  return {
    method: 'timeslices',
    slice: formatDuration(slice),
    target: Number((target * 100).toPrecision(15)),
  };
}

const CALENDAR: Readonly<Record<string, CalendarUnit>> = { d: 'day', w: 'week', M: 'month', Q: 'quarter' };

function readWindow(windows: YamlNode): SloWindow {
  const [window, ...more] = windows.list();
  if (window === undefined && !windows.given) return '30d';
  if (window === undefined || more.length > 0) throw windows.error('a list of one window');
  window.object(['duration', 'isRolling', 'calendar']);
  const { count, unit, ms } = shorthand(window.get('duration'));
  const calendar = window.get('calendar');
  const isRolling = window.get('isRolling');
  if (isRolling.given && typeof isRolling.value !== 'boolean') throw isRolling.error('true or false');
  if (isRolling.value === true && calendar.given) throw window.error('isRolling: true, or a calendar');
  if (!calendar.given) {
    if (isRolling.value !== true) throw window.error('isRolling: true, or a calendar');
    return formatDuration(ms);
  }
  const aligned = CALENDAR[unit];
  if (count !== 1 || aligned === undefined) {
    throw window.get('duration').error('1d, 1w, 1M or 1Q for a calendar window');
  }
  calendar.object(['startTime', 'timeZone']);
  checkStart(calendar.get('startTime'), aligned);
  return { calendar: aligned, timeZone: calendar.get('timeZone').optionalString() ?? 'UTC' };
}

/** Windows begin where their unit begins; any other start would be a calendar of one's own. */
function checkStart(start: YamlNode, unit: CalendarUnit): void {
  if (!start.given) return;
  const accepted = `a date and time, 2026-01-01 00:00:00, at which a ${unit} begins`;
  const text = start.value instanceof Date ? start.value.toISOString() : start.string(accepted);
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?(\.0+)?Z?$/.exec(text);
  const date = new Date(`${match?.[1]}T00:00:00Z`);
  const begins = {
    day: true,
    week: date.getUTCDay() === 1,
    month: date.getUTCDate() === 1,
    quarter: date.getUTCDate() === 1 && date.getUTCMonth() % 3 === 0,
  }[unit];
  const isMidnight = match?.[2] === '00:00' && (match[3] ?? ':00') === ':00';
  if (Number.isNaN(date.getTime()) || !begins || !isMidnight) throw start.error(accepted);
}
