/**
 * Finds where a route of Express hangs: the templates of the routers and apps it is nested in.
 *
 * Express tells the path that a mount matched (`/orgs/acme`), never its template (`/orgs/:org`), and drops the
 * template when a mount is made (Express 4, and 5 before 5.3). So the tree of layers is walked along the
 * matched path, and a template that was not kept is learnt from the layer's own matcher: a part of the path
 * that can be changed while the layer goes on matching, with a parameter changing alike, is that parameter.
 * This happens once per mount and shape; nothing of Express is patched.
 */

/** One entry of a router's stack, in any version of Express. */
export interface ExpressLayer {
  readonly route?: unknown;
  readonly handle?: unknown;
  /** The path as the user wrote it: Express 5.3 and later. */
  readonly rawPath?: unknown;
  /** Express 4. */
  readonly regexp?: RegExp & { fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
  /** Express 5: one matcher for each path of the mount. */
  readonly matchers?: readonly ((
    path: string,
  ) => false | { path: string; params: Record<string, unknown> })[];
  readonly slash?: boolean;
}

/** An Express app, as far as it matters here. */
export interface ExpressApp {
  readonly parent?: ExpressApp;
  readonly mountpath?: unknown;
  readonly router?: unknown;
  readonly _router?: unknown;
}

interface Match {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The template under which `route` was reached, for the path that its mounts matched; `undefined` where the
 * tree does not tell. `app` is the app that held the route, `root` the one in which the request was first seen.
 */
export function mountTemplate(
  app: ExpressApp,
  root: ExpressApp,
  route: unknown,
  baseUrl: string,
): string | undefined {
  if (app.parent === undefined) return descend(stackOf(root), route, baseUrl);

  // A mounted app hides behind a function of Express's own, but knows its parent and where it was mounted.
  for (
    let split = baseUrl.length;
    split >= 0;
    split = split === 0 ? -1 : baseUrl.lastIndexOf('/', split - 1)
  ) {
    const within = descend(stackOf(app), route, baseUrl.slice(split));
    const outside = within === undefined ? undefined : appTemplate(app, baseUrl.slice(0, split));
    if (outside !== undefined) return outside + within;
  }
  return undefined;
}

/** The template of a whole app that was mounted on another, for the path that its mounts matched. */
function appTemplate(app: ExpressApp, path: string): string | undefined {
  const { parent } = app;
  if (parent === undefined) return path === '' ? '' : undefined;
  for (const mount of flatten(app.mountpath)) {
    const own = mount instanceof RegExp ? String(mount) : trimSlash(String(mount));
    if (mount instanceof RegExp) return own;
    const segments = own === '' ? 0 : own.split('/').length - 1;
    const parts = path.split('/');
    const matched = segments === 0 ? '' : `/${parts.slice(parts.length - segments).join('/')}`;
    if (!fits(own, matched)) continue;
    const outside = appTemplate(parent, path.slice(0, path.length - matched.length));
    if (outside !== undefined) return outside + own;
  }
  return undefined;
}

/** Whether a path is of the shape of a template, segment by segment; optional parts are not decided here. */
export function fits(template: string, path: string): boolean {
  if (template === path) return true;
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return false;
  return wanted.every((segment, index) => {
    const part = given[index]!;
    return segment.includes(':') || segment.includes('*')
      ? part !== ''
      : segment.toLowerCase() === part.toLowerCase();
  });
}

/** Depth first through the layers that match the path, as Express itself goes. */
function descend(stack: readonly ExpressLayer[], route: unknown, path: string): string | undefined {
  let opaque: string | undefined;
  for (const layer of stack) {
    if (layer.route !== undefined) {
      if (layer.route === route && path === '') return '';
      continue;
    }
    const match = matchLayer(layer, path);
    if (match === undefined) continue;
    const consumed = trimSlash(match.path);
    const inner = stackOf(layer.handle);
    if (inner.length > 0) {
      const within = descend(inner, route, path.slice(consumed.length));
      if (within !== undefined) return templateOf(layer, match) + within;
    } else if (opaque === undefined && consumed !== '' && consumed.length === path.length) {
      // A router inside a function of the user's: what it holds cannot be seen, but the path ends here.
      opaque = templateOf(layer, match);
    }
  }
  return opaque;
}

/** The layers of a router, an app, or anything that has them. */
function stackOf(handle: unknown): readonly ExpressLayer[] {
  if (handle === null || (typeof handle !== 'object' && typeof handle !== 'function')) return [];
  const { stack, _router } = handle as { stack?: unknown; _router?: unknown };
  if (Array.isArray(stack)) return stack;
  if (_router !== undefined && _router !== null) return stackOf(_router);
  // Express 4 throws when an app is asked for its `router`; there `_router` was found above.
  const router = 'mountpath' in handle && !('lazyrouter' in handle) ? (handle as ExpressApp).router : null;
  return router === null ? [] : stackOf(router);
}

function matchLayer(layer: ExpressLayer, path: string): Match | undefined {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return { path: '', params: {} };
  try {
    if (layer.matchers !== undefined) {
      for (const matcher of layer.matchers) {
        const match = matcher(path);
        if (match) return match;
      }
      return undefined;
    }
    const match = layer.regexp?.exec(path);
    if (!match) return undefined;
    const params: Record<string, unknown> = {};
    for (const [index, key] of (layer.keys ?? []).entries()) params[key.name] = match[index + 1];
    return { path: match[0], params };
  } catch {
    return undefined; // a parameter that cannot be decoded
  }
}

/** What the user wrote where Express kept it, else what the layer's matcher gives away. */
function templateOf(layer: ExpressLayer, match: Match): string {
  const kept = flatten(layer.rawPath).map((path) =>
    path instanceof RegExp ? path : trimSlash(String(path)),
  );
  if (kept.length === 1) return String(kept[0]);
  const fitting = kept.find((path) => typeof path === 'string' && fits(path, trimSlash(match.path)));
  if (fitting !== undefined) return String(fitting);
  return learnTemplate(layer, match);
}

function learnTemplate(layer: ExpressLayer, match: Match): string {
  const path = trimSlash(match.path);
  let template = '';
  let done = 0;
  for (const [name, value] of Object.entries(match.params)) {
    if (typeof value !== 'string' || value === '') continue;
    const start = findParameter(layer, path, name, value, done);
    if (start === undefined) continue;
    template += `${fixedPart(layer, path, done, start.from)}:${name}`;
    done = start.to;
  }
  return template + fixedPart(layer, path, done, path.length);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** The part of a path that is the value of a parameter: the first whose change the parameter follows. */
function findParameter(
  layer: ExpressLayer,
  path: string,
  name: string,
  value: string,
  after: number,
): Range | undefined {
  let first: Range | undefined;
  for (const written of new Set([value, encodeURIComponent(value)])) {
    for (let from = path.indexOf(written, after); from !== -1; from = path.indexOf(written, from + 1)) {
      const range = { from, to: from + written.length };
      first ??= range;
      const changed = change(written);
      const probe = matchLayer(layer, path.slice(0, range.from) + changed + path.slice(range.to));
      if (probe !== undefined && probe.params[name] !== value) return range;
    }
  }
  return first;
}

/** A stretch without named parameters; what may be anything at all is a `*`. */
function fixedPart(layer: ExpressLayer, path: string, from: number, to: number): string {
  let fixed = '';
  for (let at = from; at < to; at++) {
    const changed = change(path[at]!);
    const probe = path.slice(0, at) + changed + path.slice(at + 1);
    const free = changed !== path[at] && matchLayer(layer, probe)?.path.length === probe.length;
    if (!free) fixed += path[at];
    else if (!fixed.endsWith('*')) fixed += '*';
  }
  return fixed;
}

/** A text of the same length and kind: digits stay digits and letters letters, so that patterns still hold. */
function change(text: string): string {
  let changed = '';
  for (const character of text) {
    if (character >= '0' && character <= '8') changed += String(Number(character) + 1);
    else if (character === '9') changed += '0';
    else if (/[a-eg-yA-EG-Y]/.test(character)) changed += String.fromCharCode(character.charCodeAt(0) + 1);
    else if (/[fF]/.test(character)) changed += character === 'f' ? 'a' : 'A';
    else if (character === 'z') changed += 'a';
    else if (character === 'Z') changed += 'A';
    else changed += SWAPPED[character] ?? character;
  }
  return changed;
}

/** What stands in parameters as it is besides letters and digits (RFC 3986's unreserved characters). */
const SWAPPED: Readonly<Record<string, string>> = { '-': '_', _: '-', '.': '~', '~': '.' };

function flatten(path: unknown): unknown[] {
  if (path === undefined) return [];
  return Array.isArray(path) ? (path as unknown[]).flat(Number.POSITIVE_INFINITY) : [path];
}

function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
