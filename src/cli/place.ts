import { messageOf } from '../common/diagnostics.js';
import { UsageError } from './command.js';

/** An HTTP URL behind an option; the error names it. */
export function parseUrl(option: string, text: string): string {
  try {
    const { protocol } = new URL(text);
    if (protocol !== 'http:' && protocol !== 'https:') throw new Error('not HTTP');
  } catch {
    const accepted = 'an http: or https: URL such as http://localhost:9090';
    throw new UsageError(`--${option} is ${JSON.stringify(text)}; accepted: ${accepted}`);
  }
  return text;
}

/** A header as `Name: value`. */
export function parseHeader(text: string): [string, string] {
  const match = /^([\w!#$%&'*+.^`|~-]+):\s*(\S(?:.*\S)?)\s*$/.exec(text);
  // The value may be a secret: it is not repeated.
  if (match === null) throw new UsageError("a --header is not in the form 'Name: value'");
  return [match[1]!, match[2]!];
}

/** What `parseArgs` complains of: of Node's own words the first sentence, the others are for programmers. */
export function wrongArguments(error: unknown): UsageError {
  return new UsageError(
    messageOf(error)
      .split(/\.\s|\n/)[0]!
      .replace(/\.$/, ''),
  );
}
