import { parseAllDocuments } from 'yaml';
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
    const documents = parseAllDocuments(text);
    const read: OpenSloDocument[] = [];
    for (const document of documents) {
      const [error] = document.errors;
      if (error !== undefined) throw new TelltaleError(`${file}: ${error.message}`, file);
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value === null) continue;
      const each = readDocument(new YamlNode(value, `${file}: document ${read.length + 1}`), file);
      const same = read.find(({ kind, name }) => kind === each.kind && name === each.name);
      if (same !== undefined) {
        throw new TelltaleError(
          `${file}: there are two of ${each.kind} ${each.name}; accepted: one`,
          each.name,
        );
      }
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
