import { invalidOption } from '../../common/errors.js';
import { labelText } from '../../metrics/labels.js';

/** Labels by which the Pushgateway keeps what was pushed apart; `job` comes first, the others with it. */
export type Grouping = Readonly<Record<string, string>>;

/**
 * The path of a group: `/job/backup/instance/db1`. What a path cannot hold as it is (a slash, nothing at all, a
 * dot or two alone) is written in URL-safe base64, as the Pushgateway has it.
 *
 * Specification: https://github.com/prometheus/pushgateway#url
 *
 * @throws TelltaleError for names that are no label names
 */
export function groupingPath(owner: string, job: string, grouping: Grouping): string {
  let path = pair('job', job);
  for (const [name, value] of Object.entries(grouping)) {
    if (!/^(?!__)[a-z_]\w*$/i.test(name) || name === 'job') {
      const accepted = 'names of letters, digits and _, no digit first, not job';
      throw invalidOption(owner, `groupings[${JSON.stringify(name)}]`, value, accepted);
    }
    path += pair(name, value);
  }
  return path;
}

function pair(name: string, value: unknown): string {
  const text = labelText(value);
  if (text === '') return `/${name}@base64/=`;
  if (text.includes('/') || text === '.' || text === '..') {
    return `/${name}@base64/${Buffer.from(text).toString('base64url')}`;
  }
  return `/${name}/${encodeURIComponent(text)}`;
}
