import { arch, hostname, release } from 'node:os';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { cleanAttributes } from './attributes.js';
import type { Diagnostics } from './diagnostics.js';

/** Who is talking: the attributes that every log record, span and metric of this process carries. */
export interface Resource {
  readonly attributes: Attributes;
  /** Always false: telltale's resources are whole when they are made. Asked for by OpenTelemetry's exporters. */
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
  readonly schemaUrl?: string;
  merge(other: Resource | null): Resource;
  /** Resources of OpenTelemetry's detectors may hold promises here; telltale's hold none. */
  getRawAttributes(): [string, AttributeValue | undefined | Promise<AttributeValue | undefined>][];
}

/** The service's own name, as it will be looked for in every back end. */
export interface ServiceOptions {
  /** `service.name`. Default: `OTEL_SERVICE_NAME`, else `unknown_service:node`. */
  name?: string;
  /** `service.version`. */
  version?: string;
  /** `service.namespace`: a name for a group of services. */
  namespace?: string;
  /** `service.instance.id`. Default: a random UUID. */
  instanceId?: string;
  /** `deployment.environment.name`: `production`, `staging`, … */
  environment?: string;
}

export interface ResourceOptions {
  service?: ServiceOptions;
  /** Further attributes; these win over every other source. */
  attributes?: Attributes;
  /** Default `process.env`. */
  env?: Record<string, string | undefined>;
  /** Told when `OTEL_RESOURCE_ATTRIBUTES` cannot be read. */
  diagnostics?: Diagnostics;
}

/**
 * The resource of this process, made at once and whole: nothing in it is looked up asynchronously, so no
 * record is ever exported without it.
 *
 * From the weakest source to the strongest: host and process, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`,
 * `service`, `attributes`. Names follow OpenTelemetry's semantic conventions for resources.
 */
export function createResource(options: ResourceOptions = {}): Resource {
  const { service = {}, env = process.env } = options;
  const fromEnvironment = parseResourceAttributes(env.OTEL_RESOURCE_ATTRIBUTES, options.diagnostics);
  return resourceOf({
    ...SDK_ATTRIBUTES,
    'service.instance.id': globalThis.crypto.randomUUID(),
    ...hostAttributes(),
    ...processAttributes(),
    ...fromEnvironment,
    ...(env.OTEL_SERVICE_NAME ? { 'service.name': env.OTEL_SERVICE_NAME } : {}),
    ...cleanAttributes({
      'service.name': service.name,
      'service.version': service.version,
      'service.namespace': service.namespace,
      'service.instance.id': service.instanceId,
      'deployment.environment.name': service.environment,
    }),
    ...cleanAttributes(options.attributes),
  });
}

/** What OpenTelemetry's SDKs say of a process that was told nothing: a service with no name of its own. */
export function defaultResource(): Resource {
  return resourceOf(SDK_ATTRIBUTES);
}

const SDK_ATTRIBUTES = {
  'service.name': 'unknown_service:node',
  'telemetry.sdk.name': 'telltale',
  'telemetry.sdk.language': 'nodejs',
};

/** A resource of exactly these attributes. */
export function resourceOf(attributes: Attributes): Resource {
  return {
    attributes,
    asyncAttributesPending: false,
    merge: (other) => resourceOf({ ...attributes, ...other?.attributes }),
    getRawAttributes: () => Object.entries(attributes),
  };
}

/**
 * The format of `OTEL_RESOURCE_ATTRIBUTES`: that of W3C baggage without properties, `key=value` joined by
 * commas, percent-encoded. As the specification demands, one bad entry discards the whole value.
 */
function parseResourceAttributes(text: string | undefined, diagnostics: Diagnostics | undefined): Attributes {
  const attributes: Attributes = {};
  if (!text) return attributes;
  try {
    for (const pair of text.split(',')) {
      if (pair.trim() === '') continue;
      const equals = pair.indexOf('=');
      const key = decodeURIComponent(pair.slice(0, equals).trim());
      if (equals < 1 || key === '') throw new Error(`"${pair}" is not key=value`);
      attributes[key] = decodeURIComponent(pair.slice(equals + 1).trim());
    }
    return attributes;
  } catch (error) {
    diagnostics?.report(
      'invalid_environment',
      'OTEL_RESOURCE_ATTRIBUTES',
      'OTEL_RESOURCE_ATTRIBUTES is ignored',
      error,
    );
    return {};
  }
}

function hostAttributes(): Attributes {
  return {
    'host.name': hostname(),
    'host.arch': hostArch(),
    'os.type': process.platform,
    'os.version': release(),
  };
}

/** Node's names of processors in the words of the semantic conventions. */
function hostArch(): string {
  const names: Record<string, string> = { x64: 'amd64', arm: 'arm32', ia32: 'x86', ppc: 'ppc32' };
  return names[arch()] ?? arch();
}

/** The command line is left out: secrets are often passed there. */
function processAttributes(): Attributes {
  return {
    'process.pid': process.pid,
    'process.executable.name': process.title,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  };
}
