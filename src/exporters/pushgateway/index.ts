export type { Grouping } from './grouping-path.js';
export { type PushGroup, type Pushgateway, type PushgatewayOptions, pushgateway } from './pushgateway.js';
