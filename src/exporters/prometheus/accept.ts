/** What a scrape may be answered in. */
export type Format = 'text' | 'openmetrics' | 'protobuf';

export interface Choice {
  readonly format: Format;
  readonly contentType: string;
}

const TEXT: Choice = { format: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8' };

/**
 * The format that a client likes best, by its `Accept` header (RFC 9110, section 12.5.1). OpenMetrics and the
 * protobuf format are chosen only where the client names them; a wildcard, nothing, and what is not known here all
 * lead to the text format 0.0.4, as in Prometheus' own libraries. Never throws.
 *
 * Specification: https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function chooseFormat(accept: unknown): Choice {
  let best = TEXT;
  let bestQuality = 0;
  for (const range of String(accept ?? '').split(',')) {
    const [type = '', ...rest] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameters: Record<string, string> = Object.create(null);
    for (const parameter of rest) {
      const [name = '', value = ''] = parameter.split('=');
      parameters[name.trim()] = value.trim().replace(/^"(.*)"$/, '$1');
    }
    const quality = parameters.q === undefined ? 1 : Number(parameters.q);
    const choice = choiceOf(type, parameters);
    // Of equals the first wins. NaN never does.
    if (choice === undefined || !(quality > bestQuality)) continue;
    best = choice;
    bestQuality = quality;
  }
  return best;
}

function choiceOf(type: string, parameters: Readonly<Record<string, string>>): Choice | undefined {
  const { version } = parameters;
  switch (type) {
    case 'application/openmetrics-text':
      // What we write is both.
      if (version !== undefined && version !== '1.0.0' && version !== '0.0.1') return undefined;
      return {
        format: 'openmetrics',
        contentType: `application/openmetrics-text; version=${version ?? '1.0.0'}; charset=utf-8`,
      };
    case 'application/vnd.google.protobuf':
      if (parameters.proto !== 'io.prometheus.client.metricfamily') return undefined;
      if (parameters.encoding !== 'delimited') return undefined;
      return {
        format: 'protobuf',
        contentType:
          'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      };
    case 'text/plain':
      return version === undefined || version === '0.0.4' ? TEXT : undefined;
    case '*/*':
    case 'text/*':
      return TEXT;
    default:
      return undefined;
  }
}
