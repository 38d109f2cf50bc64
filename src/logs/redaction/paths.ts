import { invalidOption } from '../../common/errors.js';

/** What is redacted below one point of a path. */
export interface PathNode {
  /** The value here is redacted itself. */
  readonly isEnd: boolean;
  /** By name; what stands under `any` is here as well. */
  readonly children: ReadonlyMap<string, PathNode>;
  /** For every name that is not among the children. */
  readonly any: PathNode | undefined;
}

/** The parts of a path: names, and `*` for any. Throws a `TelltaleError` for what is no path. */
export function parsePath(owner: string, option: string, path: unknown): Step[] {
  const steps: Step[] = [];
  if (typeof path === 'string') {
    // One step: a name behind a dot or at the start, or something in brackets.
    const step = /(?:^|(?!^)\.)([^.[\]"'*\s]+|\*)|\[(?:(\d+|\*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]/y;
    while (step.lastIndex < path.length) {
      const match = step.exec(path);
      if (match === null) break;
      const [text, plain, index, double, single] = match;
      const quoted = double ?? single;
      steps.push(
        quoted === undefined
          ? { name: (plain ?? index)!, isAny: (plain ?? index) === '*' }
          : { name: quoted.replace(/\\(.)/g, '$1'), isAny: false },
      );
      if (path.length === step.lastIndex) return steps;
      if (text === '') break;
    }
  }
  throw invalidOption(
    owner,
    option,
    path,
    'a path like user.password, headers["set-cookie"] or users[*].token',
  );
}

export interface Step {
  readonly name: string;
  readonly isAny: boolean;
}

/** All paths as one tree. */
export function pathTree(paths: readonly (readonly Step[])[]): PathNode {
  const named = new Map<string, Step[][]>();
  const wild: (readonly Step[])[] = [];
  for (const path of paths) {
    const [step, ...rest] = path;
    if (step === undefined) continue;
    if (step.isAny) wild.push(rest);
    else named.set(step.name, [...(named.get(step.name) ?? []), rest]);
  }
  return {
    isEnd: paths.some((path) => path.length === 0),
    children: new Map([...named].map(([name, rests]) => [name, pathTree([...rests, ...wild])])),
    any: wild.length > 0 ? pathTree(wild) : undefined,
  };
}
