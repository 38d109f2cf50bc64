const UNITS: Readonly<Record<string, string>> = {
  seconds: 's',
  bytes: 'By',
  ratio: '1',
  celsius: 'Cel',
  meters: 'm',
};

/** The unit that Prometheus' naming puts into the name, as OpenTelemetry (UCUM) writes it. */
export function unitOf(name: string): string {
  const last = name
    .replace(/_total$/, '')
    .split('_')
    .at(-1)!;
  return Object.hasOwn(UNITS, last) ? UNITS[last]! : '';
}
