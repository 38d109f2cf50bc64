import { invalidOption } from '../../common/errors.js';
import { checkArray, checkOptions } from '../../common/options.js';
import type { InstrumentType } from '../instrument.js';
import { NativeHistogram } from '../native-histogram.js';
import type { Aggregation } from './shared-metric.js';
import type { AttributesProcessor, StandardAggregation, ViewSelector } from './view-selector.js';

/** The values of OpenTelemetry's enum `AggregationType`. */
const DROP = 1;
const SUM_OF = 2;
const LAST_VALUE = 3;
const EXPLICIT_BUCKETS = 4;
const EXPONENTIAL_BUCKETS = 5;

export interface AggregationOption {
  type: number;
  options?: { boundaries?: number[]; maxSize?: number; recordMinMax?: boolean };
}

/** A view as OpenTelemetry's SDK takes it: its first seven select instruments, the others say what becomes of them. */
export interface OtelViewOptions {
  /** `*` stands for any number of characters, `?` for one. */
  instrumentName?: string;
  instrumentType?: string;
  instrumentUnit?: string;
  meterName?: string;
  meterVersion?: string;
  meterSchemaUrl?: string;
  name?: string;
  description?: string;
  attributesProcessors?: readonly AttributesProcessor[];
  aggregationCardinalityLimit?: number;
  /** Default: what the instrument's type suggests. */
  aggregation?: AggregationOption;
}

const KEYS = [
  'instrumentName',
  'instrumentType',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
  'name',
  'description',
  'attributesProcessors',
  'aggregationCardinalityLimit',
  'aggregation',
] as const;

/** @throws TelltaleError for views that select nothing, or cannot be */
export function viewSelector(owner: string, given: readonly OtelViewOptions[] | undefined): ViewSelector {
  const views = checkArray(owner, 'views', given, (view, path) => {
    checkOptions(`${owner}: ${path}`, view, KEYS);
    if (!KEYS.slice(0, 6).some((key) => view[key] !== undefined)) {
      throw invalidOption(
        owner,
        path,
        view,
        'a view that selects: instrumentName, instrumentType, meterName, …',
      );
    }
    const { type } = view.aggregation ?? { type: 0 };
    if (!(Number.isInteger(type) && type >= 0 && type <= EXPONENTIAL_BUCKETS)) {
      throw invalidOption(owner, `${path}.aggregation.type`, type, 'a number of AggregationType, 0 to 5');
    }
  }).map((view) => ({ view, named: pattern(view.instrumentName) }));

  return ({ scope, type, descriptor }, standard) => {
    const found = views.filter(
      ({ view, named }) =>
        named(descriptor.name) &&
        same<InstrumentType | string>(view.instrumentType, type) &&
        same(view.instrumentUnit, descriptor.unit) &&
        same(view.meterName, scope.name) &&
        same(view.meterVersion, scope.version) &&
        same(view.meterSchemaUrl, scope.schemaUrl),
    );
    if (found.length === 0) return [{ aggregation: standard() }];
    return found.map(({ view }) => ({
      ...view,
      aggregation: aggregationOf(type, view.aggregation, standard),
    }));
  };
}

/** `undefined` where the view drops the instrument. */
function aggregationOf(
  type: InstrumentType,
  given: AggregationOption | undefined,
  standard: StandardAggregation,
): Aggregation | undefined {
  const { boundaries, maxSize } = given?.options ?? {};
  switch (given?.type) {
    case DROP:
      return undefined;
    case SUM_OF:
      return {
        kind:
          type === 'COUNTER' || type === 'OBSERVABLE_COUNTER' || type === 'HISTOGRAM' ? 'counter' : 'updown',
      };
    case LAST_VALUE:
      return { kind: 'gauge' };
    case EXPLICIT_BUCKETS:
      return standard('HISTOGRAM', boundaries);
    case EXPONENTIAL_BUCKETS:
      return {
        kind: 'native',
        Class: NativeHistogram,
        ...(maxSize !== undefined && { maxBuckets: maxSize }),
      };
    default:
      return standard();
  }
}

function same<T>(asked: T | undefined, found: T | undefined): boolean {
  return asked === undefined || asked === found;
}

function pattern(text: string | undefined): (name: string) => boolean {
  if (text === undefined) return () => true;
  const source = text
    .replace(/[^\w*?]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${source}$`, 'is'); // names of instruments do not tell upper from lower case
  return (name) => expression.test(name);
}
