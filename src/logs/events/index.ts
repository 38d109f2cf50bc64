export { defineEvent, type EventFunction, type EventOptions } from './define-event.js';
export type { EventSchema, FromSchema, JsonSchema, JsonType } from './schema.js';
