import type {} from 'vitest';
import type { TelltaleMatchers } from './matchers.js';

/**
 * The matchers with their types for vitest:
 *
 * ```ts
 * import { matchers } from 'telltale/vitest';
 * expect.extend(matchers);
 * expect(telemetry).toHaveSpan('GET /users/:id', { status: 'error' });
 * ```
 */
export { matchers } from './matchers.js';

declare module 'vitest' {
  interface Matchers<T> extends TelltaleMatchers<T> {}
}
