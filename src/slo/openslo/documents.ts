import { parseAllDocuments } from 'yaml';
import { messageOf } from '../../common/diagnostics.js';
import { TelltaleError } from '../../common/errors.js';
import { YamlNode } from './yaml-node.js';

/** The kinds of OpenSLO v1 that mean something here; a `DataSource` and a notification target are passed over. */
export const KINDS = [
  'Service',
  'SLO',
  'SLI',
  'AlertPolicy',
  'AlertCondition',
  'AlertNotificationTarget',
  'DataSource',
] as const;
export type Kind = (typeof KINDS)[number];

export const API_VERSION = 'openslo/v1';

/** One document of an OpenSLO file. */
export interface OpenSloDocument {
  readonly kind: Kind;
  readonly name: string;
  readonly displayName: string | undefined;
  readonly spec: YamlNode;
}

/** The documents of one or more files, found by kind and name. */
export class OpenSloDocuments {
  readonly all: readonly OpenSloDocument[];

  /**
   * @param file What errors call the text.
   * @throws TelltaleError at the first thing that OpenSLO v1 does not have, with its path.
   */
  constructor(text: string, file: string) {
    const documents = parseYaml(text, file);
    const read: OpenSloDocument[] = [];
    const seen = new Set<string>();
    for (const document of documents) {
      const [error] = document.errors;
      if (error !== undefined) throw new TelltaleError(`${file}: ${error.message}`, file);
      const value = plainValue(document, file);
      if (value === null) continue;
      const each = readDocument(new YamlNode(value, `${file}: document ${read.length + 1}`), file);
      const key = `${each.kind} ${each.name}`;
      if (seen.has(key)) {
        throw new TelltaleError(
          `${file}: there are two of ${each.kind} ${each.name}; accepted: one`,
          each.name,
        );
      }
      seen.add(key);
      read.push(each);
    }
    this.all = read;
  }

  /** The document that a reference names. */
  find(kind: Kind, reference: YamlNode): OpenSloDocument {
    const name = reference.string();
    const found = this.all.find((document) => document.kind === kind && document.name === name);
    if (found !== undefined) return found;
    const known = this.all.filter((document) => document.kind === kind).map((document) => document.name);
    throw reference.error(`the name of a document of kind ${kind}: ${known.join(', ') || 'there is none'}`);
  }
}

/** What the parser itself cannot take, such as 10,000 brackets within one another, is an error like others. */
function parseYaml(text: string, file: string) {
  try {
    return parseAllDocuments(text);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Aliases are followed, but not to such a number that a small text becomes a large one. */
function plainValue(document: { toJS(options: { maxAliasCount: number }): unknown }, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): TelltaleError {
  return new TelltaleError(`${file}: it cannot be read as YAML: ${messageOf(error)}`, file);
}

/** A document, on its own or within another. */
export function readDocument(node: YamlNode, file: string, kind?: Kind): OpenSloDocument {
  if (kind === undefined) {
    if (node.get('apiVersion').value !== API_VERSION) throw node.get('apiVersion').error(API_VERSION);
    node.object(['apiVersion', 'kind', 'metadata', 'spec']);
  } else node.object(['apiVersion', 'kind', 'metadata', 'spec']);
  const own = kind ?? node.get('kind').oneOf(KINDS);
  const metadata = node.get('metadata').object(['name', 'displayName', 'labels', 'annotations']);
  const accepted = 'lower-case letters, digits, - and ., at most 63';
  const name = metadata.get('name').string(accepted);
  if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i.test(name)) throw metadata.get('name').error(accepted);
  const spec = node.get('spec');
  if (!spec.given) throw spec.error('an object');
  return {
    kind: own,
    name,
    displayName: metadata.get('displayName').optionalString(),
    spec: new YamlNode(spec.value, kind === undefined ? `${file}: ${own} ${name}: spec` : spec.path),
  };
}
