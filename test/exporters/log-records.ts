import type { HrTime } from '@opentelemetry/api';
import { resourceOf } from '../../src/common/resource.js';
import type { ReadableLogRecord } from '../../src/logs/readable-log-record.js';

const shop = resourceOf({ 'service.name': 'shop', 'deployment.environment.name': 'test', 'host.name': 'h1' });
const scope = { name: 'orders' };

/** 2026-11-21T20:30:00.123Z */
export const MOMENT: HrTime = [1_795_293_000, 123_000_000];

/** A log record of the shop. */
export function record(own: Partial<ReadableLogRecord> = {}): ReadableLogRecord {
  return {
    resource: shop,
    instrumentationScope: scope,
    hrTime: MOMENT,
    hrTimeObserved: MOMENT,
    severityText: 'info',
    severityNumber: 9,
    body: 'order placed',
    attributes: {},
    droppedAttributesCount: 0,
    ...own,
  };
}

export const SPAN = {
  traceId: '0123456789abcdef0123456789abcdef',
  spanId: '0123456789abcdef',
  traceFlags: 1,
};
