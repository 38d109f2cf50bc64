import { describe, expect, it } from 'vitest';
import { selfMetrics } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

describe('selfMetrics', () => {
  it('shows telltale’s own counters as they stand at each reading', async () => {
    const { registry, diagnostics } = testRegistry();
    const end = selfMetrics(registry, diagnostics);
    expect(await registry.metrics()).toBe('');
    const dropped = diagnostics.counter('telltale_dropped_total', 'Dropped.', { reason: 'full' });
    diagnostics.counter('telltale_dropped_total', 'Dropped.', { reason: 'late' });
    dropped.value = 3;
    expect(await registry.metrics()).toContain('telltale_dropped_total{reason="full"} 3\n');
    dropped.value++;
    diagnostics.report('some_trouble', 'subject', 'message');
    const text = await registry.metrics();
    expect(text).toContain('telltale_dropped_total{reason="full"} 4\n');
    expect(text).toContain('telltale_dropped_total{reason="late"} 0\n');
    expect(text).toContain('telltale_troubles_total{code="some_trouble"} 1\n');
    end();
    dropped.value++;
    expect(await registry.metrics()).toContain('telltale_dropped_total{reason="full"} 4\n');
  });

  it('goes on from where it was after the registry was reset or cleared', async () => {
    const { registry, diagnostics } = testRegistry();
    selfMetrics(registry, diagnostics);
    diagnostics.counter('telltale_x_total', 'x').value = 2;
    await registry.metrics();
    registry.clear();
    expect(await registry.metrics()).toContain('telltale_x_total 2\n');
  });
});
