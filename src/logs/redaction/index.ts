export { cardNumbers } from './cards.js';
export type { Censor } from './censor.js';
export { emailAddresses } from './emails.js';
export { hashed } from './hashed.js';
export { linearPattern } from './linear-pattern.js';
export { type RedactionOptions, redaction } from './redaction.js';
export type { Match, TextPattern } from './text-pattern.js';
export { bearerTokens } from './tokens.js';
