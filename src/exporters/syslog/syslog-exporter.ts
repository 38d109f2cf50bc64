import { type Clock, systemClock } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import {
  checkFunction,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
} from '../../common/options.js';
import { checkTls, type TlsOptions } from '../../common/tls-options.js';
import type { ReadableLogRecord } from '../../logs/readable-log-record.js';
import { type LogExporter, type LogExporterOptions, logExporter } from '../log-exporter.js';
import { datagramWire } from './datagram-wire.js';
import { FACILITY_NAMES, type SyslogFacility } from './facility.js';
import { syslogMessage } from './message.js';
import { streamWire } from './stream-wire.js';

export interface SyslogExporterOptions extends LogExporterOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default: 514 for UDP, 601 for TCP, 6514 for TLS. */
  port?: number;
  /** Default `udp`. */
  protocol?: 'udp' | 'tcp' | 'tls';
  /** Default `user`. */
  facility?: SyslogFacility;
  /** Default: `service.name` of the resource. */
  appName?: string;
  /** Default: `host.name` of the resource. */
  hostname?: string;
  /**
   * `text` (the default) sends the message, and the attributes as structured data; `json` sends both as a line of
   * JSON, and no structured data.
   */
  message?: 'text' | 'json';
  /**
   * The id of the structured data, a name and a private enterprise number. Default `fields@32473`, whose number
   * is the one for examples (RFC 5612): put your own there.
   */
  sdId?: string;
  /**
   * How messages are told apart on TCP: `octet-counting` (the default, and the only one for TLS) or `newline`, in
   * which a line feed within a message is written as `#012`.
   */
  framing?: 'octet-counting' | 'newline';
  /** Bytes of one message at most, 600 or more. Default 2,048 for UDP, which every receiver should take, else 8,192. */
  maxBytes?: number;
  /** Milliseconds for connecting and writing a batch. Default 10,000. */
  timeout?: number;
  tls?: TlsOptions;
  clock?: Clock;
}

const OWNER = 'syslogExporter';
const PORTS = { udp: 514, tcp: 601, tls: 6514 } as const;

/**
 * Sends log records to a syslog server as RFC 5424 has it, over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).
 *
 * ```ts
 * exporterSink({ exporter: syslogExporter({ host: 'logs.example.com', protocol: 'tls', facility: 'local0' }) });
 * ```
 *
 * Syslog has no answers. Over TCP and TLS a batch is delivered when the system has taken it, and is sent again,
 * whole, when the connection breaks; over UDP nobody knows.
 *
 * @throws TelltaleError for wrong options
 */
export function syslogExporter(options?: SyslogExporterOptions): LogExporter {
  const given = checkOptions(OWNER, options, [
    'host',
    'port',
    'protocol',
    'facility',
    'appName',
    'hostname',
    'message',
    'sdId',
    'framing',
    'maxBytes',
    'timeout',
    'tls',
    'clock',
    'onRefused',
    'diagnostics',
  ]);
  const { clock = systemClock } = given;
  checkFunction(OWNER, 'onRefused', given.onRefused);
  const protocol = checkOneOf(OWNER, 'protocol', given.protocol, 'udp', ['udp', 'tcp', 'tls']);
  const host = checkString(OWNER, 'host', given.host, '127.0.0.1');
  const port = checkInteger(OWNER, 'port', given.port, PORTS[protocol], { min: 1, max: 65_535 });
  const timeout = checkNumber(OWNER, 'timeout', given.timeout, 10_000, { min: 1 });
  const framing = checkOneOf(OWNER, 'framing', given.framing, 'octet-counting', [
    'octet-counting',
    'newline',
  ]);
  if (framing === 'newline' && protocol !== 'tcp') {
    throw invalidOption(OWNER, 'framing', framing, `"octet-counting" for ${protocol}`);
  }
  const tls = checkTls(OWNER, given.tls);
  const sdId = checkString(OWNER, 'sdId', given.sdId, 'fields@32473');
  if (!/^[!#-<>-Z^-~[\\]{1,20}@\d{1,11}$/.test(sdId)) {
    throw invalidOption(OWNER, 'sdId', sdId, 'a name, an @ and an enterprise number, 32 characters at most');
  }
  const form = {
    facility: checkOneOf(OWNER, 'facility', given.facility, 'user', FACILITY_NAMES),
    hostname: optional('hostname', given.hostname),
    appName: optional('appName', given.appName),
    sdId,
    message: checkOneOf(OWNER, 'message', given.message, 'text', ['text', 'json']),
    maxBytes: checkInteger(OWNER, 'maxBytes', given.maxBytes, protocol === 'udp' ? 2048 : 8192, { min: 600 }),
    oneLine: framing === 'newline',
  };
  const wire =
    protocol === 'udp'
      ? datagramWire(host, port)
      : streamWire({ host, port, framing, timeout, clock, tls: protocol === 'tls' ? tls : undefined });

  return logExporter(
    {
      name: 'syslog',
      async send(records, signal) {
        const messages = records.map((record) => syslogMessage(record, form));
        const { refused = [], again = [] } = await wire.send(messages, signal);
        const recordOf = (message: Buffer): ReadableLogRecord => records[messages.indexOf(message)]!;
        return {
          refused: refused.map(({ item, error }) => ({ item: recordOf(item), error })),
          again: again.map(recordOf),
        };
      },
      close: () => wire.close(),
    },
    { ...given, diagnostics: given.diagnostics ?? new Diagnostics() },
  );
}

function optional(option: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : checkString(OWNER, option, value, '');
}
