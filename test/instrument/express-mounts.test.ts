import express5 from 'express';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fits, mountTemplate } from '../../src/instrument/server/express-mounts.js';

const express4 = (await import('express4' as string)).default as typeof express5;

describe('fits', () => {
  it.each([
    ['/a', '/a', true],
    ['/a', '/A', true],
    ['/a/:id', '/a/1', true],
    ['/a/:id', '/a/', false],
    ['/a/:id', '/a/1/2', false],
    ['/a/v:n', '/a/v2', true],
    ['', '', true],
    ['', '/a', false],
  ])('%j %j', (template, path, fitting) => {
    expect(fits(template, path)).toBe(fitting);
  });
});

describe.each([
  ['Express 4', express4],
  ['Express 5 before 5.3', express5],
])('the template of a mount of %s', (_name, express) => {
  const fixed = fc
    .stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)
    .map((text) => ({ template: text, of: () => text }));
  const parameter = fc
    .tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.stringMatching(/^[A-Za-z0-9_-]{1,10}$/))
    .map(([name, value]) => ({ name, value }));

  it('is learnt from the path of one request', () => {
    const segment = fc.oneof(
      fixed.map(({ template }) => ({ template, value: template, name: undefined })),
      parameter.map(({ name, value }) => ({ template: `:${name}`, value, name })),
    );
    const segments = fc.array(segment, { minLength: 1, maxLength: 5 }).filter((parts) => {
      const names = parts.flatMap(({ name }) => name ?? []);
      return new Set(names).size === names.length;
    });
    fc.assert(
      fc.property(segments, (parts) => {
        const template = `/${parts.map((part) => part.template).join('/')}`;
        const path = `/${parts.map((part) => part.value).join('/')}`;
        const app = express();
        const router = express.Router();
        const route = router.route('/x');
        app.use(template, router);
        for (const layer of layersOf(app)) {
          delete layer.rawPath;
        }
        expect(mountTemplate(app as never, app as never, route, path)).toBe(template);
      }),
      { numRuns: 200 },
    );
  });
});

interface Layers {
  stack: { rawPath?: unknown }[];
}

function layersOf(app: object): Layers['stack'] {
  const { _router: router } = app as { _router?: Layers };
  return (router ?? (app as { router: Layers }).router).stack;
}
