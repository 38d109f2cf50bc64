import type { Exemplar } from '../../metrics/exemplar.js';

/** Of some exemplars the one observed last. */
export function newestExemplar(exemplars: readonly (Exemplar | undefined)[]): Exemplar | undefined {
  let newest: Exemplar | undefined;
  for (const exemplar of exemplars) {
    if (exemplar !== undefined && !(newest !== undefined && newest.time > exemplar.time)) newest = exemplar;
  }
  return newest;
}
