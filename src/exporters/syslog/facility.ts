/** Facilities by their number, RFC 5424, table 1. */
const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;

/** What part of a system speaks, as syslog servers sort by it. */
export type SyslogFacility = (typeof FACILITIES)[number];

export const FACILITY_NAMES: readonly SyslogFacility[] = FACILITIES;

const SEVERITIES = { fatal: 2, error: 3, warn: 4, info: 6, debug: 7, trace: 7 } as const;

/**
 * The severity of a level, RFC 5424, table 2: critical, error, warning, informational, debug. OpenTelemetry's data
 * model, appendix B, maps them so, too.
 */
export function severityNumber(level: keyof typeof SEVERITIES | undefined): number {
  return SEVERITIES[level ?? 'info'];
}
