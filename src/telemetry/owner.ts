/** What the user called: errors in its options begin with it. */
export const OWNER = 'createTelemetry';
