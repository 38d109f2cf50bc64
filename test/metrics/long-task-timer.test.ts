import { describe, expect, it } from 'vitest';
import { LongTaskTimer } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

function setup() {
  const made = testRegistry();
  const imports = new LongTaskTimer({
    name: 'imports',
    help: 'Imports.',
    labelNames: ['source'],
    registers: [made.registry],
  });
  const lines = async () =>
    (await made.registry.metrics()).split('\n').filter((line) => !/^(#|$)/.test(line));
  return { ...made, imports, lines };
}

describe('LongTaskTimer', () => {
  it('shows tasks while they run', async () => {
    const { imports, clock, lines } = setup();
    const stopFirst = imports.start({ source: 'crm' });
    clock.advanceSync(3000);
    const stopSecond = imports.start({ source: 'crm' });
    imports.start({ source: 'erp' });
    clock.advanceSync(1000);
    expect(await lines()).toEqual([
      'imports_active{source="crm"} 2',
      'imports_active{source="erp"} 1',
      'imports_active_seconds{source="crm"} 5',
      'imports_active_seconds{source="erp"} 1',
      'imports_longest_seconds{source="crm"} 4',
      'imports_longest_seconds{source="erp"} 1',
    ]);
    expect(stopFirst()).toBe(4);
    clock.advanceSync(1000);
    expect([stopFirst(), stopSecond(), imports.active]).toEqual([4, 2, 1]);
    expect(await lines()).toContain('imports_active{source="crm"} 0');
    expect((await lines()).filter((line) => line.includes('seconds'))).toEqual([
      'imports_active_seconds{source="erp"} 2',
      'imports_longest_seconds{source="erp"} 2',
    ]);
  });

  it('runs functions, good and bad, and promises', async () => {
    const { imports } = setup();
    expect(imports.time(() => imports.active)).toBe(1);
    expect(() =>
      imports.time({ source: 'x' }, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    const work = imports.time({ source: 'x' }, async () => imports.active);
    expect(imports.active).toBe(1);
    expect(await work).toBe(1);
    await expect(imports.time(async () => Promise.reject(new Error('late')))).rejects.toThrow('late');
    expect(imports.active).toBe(0);
  });

  it('refuses wrong options', () => {
    expect(() => new LongTaskTimer({ name: 'a-b', help: 'x' })).toThrow(/name is "a-b_active"/);
    expect(() => new LongTaskTimer({ name: 'a', help: 'x', buckets: [] } as never)).toThrow(/unknown option/);
  });
});
