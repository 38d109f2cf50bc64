import type { Exportable, InstrumentationScope } from '../../common/export.js';
import type { Resource } from '../../common/resource.js';
import { encodeAttributes } from './any-value.js';
import type { OtlpWriter } from './otlp-writer.js';

/** A scope may carry attributes; OpenTelemetry's logs SDK has them. */
type Scope = InstrumentationScope & {
  attributes?: Readonly<Record<string, unknown>>;
  droppedAttributesCount?: number;
};

/** The names of the two levels that OTLP puts above its records, and of the records. */
export interface BatchNames {
  readonly resource: string;
  readonly scope: string;
  readonly record: string;
}

/**
 * Writes records under their resources and scopes. What cannot be read (a getter that throws) is left out,
 * whole, and the number of such records is given back.
 */
export function encodeBatch<R extends Exportable>(
  writer: OtlpWriter,
  names: BatchNames,
  records: readonly R[],
  encode: (writer: OtlpWriter, record: R) => void,
): number {
  const groups = new Groups(records);
  let { unreadable } = groups;
  for (const [resource, scopes] of groups.resources) {
    const resourceMark = beginResource(writer, names.resource, resource);
    for (const [scope, own] of scopes) {
      const scopeMark = beginScope(writer, names.scope, scope);
      for (let i = 0; i < own.length; i++) {
        const position = writer.position();
        try {
          const mark = writer.begin(2, names.record);
          encode(writer, own[i]!);
          writer.endItem(names.record, mark);
        } catch {
          writer.rewind(position);
          unreadable++;
        }
      }
      endScope(writer, names.scope, scope, scopeMark);
    }
    endResource(writer, names.resource, resource, resourceMark);
  }
  return unreadable;
}

/** Opens `ResourceSpans` and its kin: the resource itself is its first field. */
export function beginResource(writer: OtlpWriter, name: string, resource: Resource): number {
  const mark = writer.begin(1, name);
  const inner = writer.begin(1, 'resource');
  attempt(writer, () => encodeAttributes(writer, 1, 'attributes', resource?.attributes));
  writer.end('resource', inner);
  return mark;
}

export function endResource(writer: OtlpWriter, name: string, resource: Resource, mark: number): void {
  writer.string(3, 'schemaUrl', resource?.schemaUrl ?? '');
  writer.endItem(name, mark);
}

/** Opens `ScopeSpans` and its kin. */
export function beginScope(writer: OtlpWriter, name: string, scope: Scope): number {
  const mark = writer.begin(2, name);
  const inner = writer.begin(1, 'scope');
  attempt(writer, () => {
    writer.string(1, 'name', scope.name);
    writer.string(2, 'version', scope.version ?? '');
    encodeAttributes(writer, 3, 'attributes', scope.attributes);
    writer.uint32(4, 'droppedAttributesCount', scope.droppedAttributesCount ?? 0);
  });
  writer.end('scope', inner);
  return mark;
}

export function endScope(writer: OtlpWriter, name: string, scope: Scope, mark: number): void {
  writer.string(3, 'schemaUrl', scope?.schemaUrl ?? '');
  writer.endItem(name, mark);
}

/** Takes back what was written where reading threw. */
function attempt(writer: OtlpWriter, write: () => void): void {
  const position = writer.position();
  try {
    write();
  } catch {
    writer.rewind(position);
  }
}

/** By identity: the records of one tracer share their resource and scope. Mostly there is one of each. */
class Groups<R extends Exportable> {
  readonly resources = new Map<Resource, Map<InstrumentationScope, R[]>>();
  unreadable = 0;
  #lastResource: Resource | undefined;
  #lastScope: InstrumentationScope | undefined;
  #list: R[] = [];

  constructor(records: readonly R[]) {
    for (const record of records) {
      try {
        this.#listFor(record.resource, record.instrumentationScope).push(record);
      } catch {
        this.unreadable++;
      }
    }
  }

  #listFor(resource: Resource, scope: InstrumentationScope): R[] {
    if (resource === this.#lastResource && scope === this.#lastScope) return this.#list;
    const scopes = this.resources.get(resource) ?? new Map<InstrumentationScope, R[]>();
    this.resources.set(resource, scopes);
    this.#list = scopes.get(scope) ?? [];
    scopes.set(scope, this.#list);
    this.#lastResource = resource;
    this.#lastScope = scope;
    return this.#list;
  }
}
