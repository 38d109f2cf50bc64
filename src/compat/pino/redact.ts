import { redaction } from '../../logs/redaction/redaction.js';
import type { LogStage } from '../../logs/stage.js';
import type { RedactOptions } from './types.js';

/** Pino's `redact`, a list of paths or more, as telltale's redaction. */
export function redactStage(redact: string[] | RedactOptions): LogStage {
  return redaction(Array.isArray(redact) ? { paths: redact } : redact);
}
