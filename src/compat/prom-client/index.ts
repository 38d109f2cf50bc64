/**
 * prom-client's names and semantics over telltale's metrics: moving is one changed import.
 *
 * ```ts
 * import client from 'prom-client'; // before
 * import client from 'telltale/compat/prom-client'; // after
 * ```
 */
export * from './names.js';
export * as default from './names.js';
