import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFormat } from '../../../src/exporters/prometheus/accept.js';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

describe('chooseFormat', () => {
  it.each([
    // What Prometheus 2 sends, without and with native histograms, and Prometheus 3.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'protobuf',
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['*/*', 'text'],
    ['', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version="1.0.0"', 'openmetrics'],
    ['application/openmetrics-text;version=2.0.0', 'text'],
    ['application/openmetrics-text;q=0', 'text'],
    ['application/openmetrics-text;q=0.5,text/plain;q=0.5', 'openmetrics'],
    ['application/openmetrics-text;q=0.5,text/plain', 'text'],
    ['application/vnd.google.protobuf', 'text'],
    [PROTOBUF.replace('delimited', 'text'), 'text'],
    ['image/png', 'text'],
  ])('%s: %s', (accept, format) => {
    expect(chooseFormat(accept).format).toBe(format);
  });

  it('answers with the version that was asked for', () => {
    expect(chooseFormat('application/openmetrics-text; version=0.0.1').contentType).toBe(
      'application/openmetrics-text; version=0.0.1; charset=utf-8',
    );
  });

  it('takes any header at all', () => {
    fc.assert(fc.property(fc.string(), (accept) => chooseFormat(accept).contentType.length > 0));
    expect(chooseFormat(undefined).format).toBe('text');
  });
});
