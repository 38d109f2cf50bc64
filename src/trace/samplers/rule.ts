import type { SpanKind } from '@opentelemetry/api';
import { readSafely } from '../../common/attributes.js';
import { invalidOption } from '../../common/errors.js';
import { checkFunction, checkOneOf, checkOptions } from '../../common/options.js';
import type { OwnSpan } from '../own-span.js';
import { type TextPattern, textTest } from './pattern.js';
import type { Asked, Sampler } from './sampler.js';
import type { SpanStart } from './span-start.js';

/** The kinds of span by name, in the order of OpenTelemetry's `SpanKind`. */
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const PARENTS = ['none', 'local', 'remote'] as const;

/** What an attribute has to be: a text (`*` stands for anything), a number, a boolean, a pattern, a test. */
export type AttributeMatch =
  | TextPattern
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | ((value: unknown) => boolean);

/** One rule of `rules`: all that it names has to hold. A rule that names nothing matches every span. */
export interface SamplingRule {
  /** The span's name; `*` stands for anything. */
  name?: TextPattern;
  /** The attribute `http.route`, or `url.path` where there is no route yet; `*` stands for anything. */
  route?: TextPattern;
  kind?: (typeof KINDS)[number] | SpanKind;
  /** Where the parent is: `none` for spans that begin a trace. */
  parent?: (typeof PARENTS)[number];
  /** Attributes that the span is started with. A list: any of them. A function: what it says. */
  attributes?: Readonly<Record<string, AttributeMatch>>;
  /** Anything else. */
  when?: (span: SpanStart) => boolean;
  /** Decides for the spans that match. */
  sampler: Sampler;
}

/** Whether a rule matches a span that starts. */
export type SpanTest = (span: Asked) => boolean;

/** Everything that a rule names, as one test. */
export function testOf(owner: string, path: string, rule: SamplingRule): SpanTest {
  if (rule === null || typeof rule !== 'object') throw invalidOption(owner, path, rule, 'an object');
  checkOptions(`${owner}: ${path}`, rule, [
    'name',
    'route',
    'kind',
    'parent',
    'attributes',
    'when',
    'sampler',
  ]);
  const tests: SpanTest[] = [];
  if (rule.name !== undefined) {
    const test = textTest(owner, `${path}.name`, rule.name);
    tests.push((span) => test(span.name));
  }
  if (rule.route !== undefined) {
    const test = textTest(owner, `${path}.route`, rule.route);
    tests.push(({ attributes }) => {
      return test(readSafely(attributes, 'http.route') ?? readSafely(attributes, 'url.path'));
    });
  }
  if (rule.kind !== undefined) {
    const kind = kindOf(owner, `${path}.kind`, rule.kind);
    tests.push((span) => span.kind === kind);
  }
  if (rule.parent !== undefined) {
    const where = checkOneOf(owner, `${path}.parent`, rule.parent, 'none', PARENTS);
    tests.push(({ parent }) => where === whereIs(parent));
  }
  if (rule.attributes !== undefined) {
    for (const [key, match] of Object.entries(rule.attributes)) {
      const test = valueTest(owner, `${path}.attributes["${key}"]`, match);
      tests.push((span) => test(readSafely(span.attributes, key)));
    }
  }
  const when = checkFunction(owner, `${path}.when`, rule.when);
  if (when !== undefined) tests.push((span) => when(span) === true);
  return (span) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!(span)) return false;
    return true;
  };
}

function whereIs(parent: OwnSpan | undefined): string {
  if (parent === undefined) return 'none';
  return parent.known?.isRemote === true ? 'remote' : 'local';
}

function kindOf(owner: string, path: string, kind: NonNullable<SamplingRule['kind']>): number {
  if (typeof kind === 'number' && kind in KINDS) return kind;
  return KINDS.indexOf(checkOneOf(owner, path, kind as (typeof KINDS)[number], 'internal', KINDS));
}

function valueTest(owner: string, path: string, match: AttributeMatch): (value: unknown) => boolean {
  switch (typeof match) {
    case 'number':
    case 'boolean':
      return (value) => value === match;
    case 'function':
      return (value) => match(value) === true;
    default:
      if (!Array.isArray(match)) return textTest(owner, path, match as TextPattern);
      if (match.length > 0) return anyOf(match);
      throw invalidOption(owner, path, match, 'a list with a value in it');
  }
}

function anyOf(values: readonly unknown[]): (value: unknown) => boolean {
  const set = new Set(values);
  return (value) => set.has(value);
}
