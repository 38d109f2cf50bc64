import { pino as create, destination, multistream } from './pino.js';
import { stdSerializers, stdTimeFunctions } from './serializers.js';

export type { PinoOptions } from './options.js';
export { destination, multistream, type PinoDestination, pinoLogger } from './pino.js';
export { type SerializerFn, stdSerializers, stdTimeFunctions } from './serializers.js';
export type { Formatters, LogFn, PinoChildOptions, PinoLogger, RedactOptions } from './types.js';

/** Pino's factory, with what hangs on it there. */
export const pino: typeof create & {
  readonly destination: typeof destination;
  readonly multistream: typeof multistream;
  readonly stdSerializers: typeof stdSerializers;
  readonly stdTimeFunctions: typeof stdTimeFunctions;
} = /* @__PURE__ */ Object.assign(create.bind(undefined) as typeof create, {
  destination,
  multistream,
  stdSerializers,
  stdTimeFunctions,
});

export default pino;
