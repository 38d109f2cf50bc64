import type { Diagnostics } from './diagnostics.js';

/** Variables of the environment: `process.env`, or what stands in for it. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * A number from 0 to `max` that a variable holds; nothing where it is not set. What is no such number is told of and
 * passed over, as OpenTelemetry's specification wants it.
 */
export function numberFromEnv(
  env: Env,
  variable: string,
  max: number,
  diagnostics: Diagnostics,
): number | undefined {
  const text = env[variable]?.trim();
  if (!text) return undefined;
  const value = Number(text);
  if (value >= 0 && value <= max) return value;
  ignored(variable, text, diagnostics);
  return undefined;
}

/** Tells of a variable that says nothing that can be used. */
export function ignored(variable: string, text: string, diagnostics: Diagnostics): void {
  diagnostics.report('invalid_environment', variable, `${variable} is "${text}", which is ignored`);
}
