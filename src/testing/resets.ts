const hooks = /* @__PURE__ */ new WeakMap<object, (() => void)[]>();

/** Has `hook` called whenever the test telemetry is reset. */
export function onReset(telemetry: object, hook: () => void): void {
  const others = hooks.get(telemetry);
  if (others === undefined) hooks.set(telemetry, [hook]);
  else others.push(hook);
}

export function runResetHooks(telemetry: object): void {
  for (const hook of hooks.get(telemetry) ?? []) hook();
}
