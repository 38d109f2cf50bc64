import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import { Registry, type RegistryOptions } from '../../src/metrics/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

/** A registry whose clock stands still and whose troubles are kept. */
export function testRegistry(options: RegistryOptions = {}) {
  const clock = new FakeClock();
  const troubles: Diagnostic[] = [];
  const diagnostics = new Diagnostics({ clock, handler: (trouble) => void troubles.push(trouble) });
  const registry = new Registry({ clock, diagnostics, ...options });
  return { registry, clock, troubles, diagnostics };
}
