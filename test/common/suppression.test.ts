import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed, suppressTracing } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { rootContext } from '../../src/common/context.js';
import { processContextManager } from '../../src/common/context-manager.js';
import { isTelemetrySuppressed, suppressTelemetry, withoutTelemetry } from '../../src/common/suppression.js';

afterEach(() => context.disable());

describe('suppression', () => {
  it('is understood by OpenTelemetry, and the other way round', () => {
    expect(isTracingSuppressed(suppressTelemetry(rootContext))).toBe(true);
    expect(isTelemetrySuppressed(suppressTracing(ROOT_CONTEXT))).toBe(true);
    expect(isTelemetrySuppressed(rootContext)).toBe(false);
  });

  it('reaches the context of whoever owns the OpenTelemetry API', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const seen = await withoutTelemetry(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return [isTracingSuppressed(context.active()), isTelemetrySuppressed(processContextManager().active())];
    });
    expect(seen).toEqual([true, true]);
    expect(isTracingSuppressed(context.active())).toBe(false);
  });
});
