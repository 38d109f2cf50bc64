import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import { createResource, resourceOf } from '../../src/common/resource.js';

function attributesOf(options: Parameters<typeof createResource>[0]) {
  return createResource({ env: {}, ...options }).attributes;
}

describe('createResource', () => {
  it('says who and where the process is, by the names of the semantic conventions', () => {
    expect(attributesOf({})).toMatchObject({
      'service.name': 'unknown_service:node',
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'telemetry.sdk.name': 'telltale',
      'telemetry.sdk.language': 'nodejs',
      'host.name': expect.any(String),
      'os.type': process.platform,
      'process.pid': process.pid,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
    });
  });

  it('tells nothing of the command line, where secrets are passed', () => {
    expect(Object.keys(attributesOf({})).filter((key) => key.includes('command'))).toEqual([]);
  });

  it('takes each attribute from its strongest source', () => {
    const env = {
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=listed,host.name=listed,team=listed,service.version=listed',
      OTEL_SERVICE_NAME: 'named',
    };
    expect(attributesOf({ env })).toMatchObject({
      'service.name': 'named',
      'host.name': 'listed',
      team: 'listed',
    });
    const service = {
      name: 'given',
      version: '1',
      namespace: 'n',
      instanceId: 'i',
      environment: 'production',
    };
    expect(attributesOf({ env, service })).toMatchObject({
      'service.name': 'given',
      'service.version': '1',
      'service.namespace': 'n',
      'service.instance.id': 'i',
      'deployment.environment.name': 'production',
      team: 'listed',
    });
    const attributes = { 'service.name': 'strongest', team: 'strongest' };
    expect(attributesOf({ env, service, attributes })).toMatchObject({
      'service.name': 'strongest',
      team: 'strongest',
    });
  });

  it('reads OTEL_RESOURCE_ATTRIBUTES decoded, and all or nothing', () => {
    const listed = (text: string) => {
      const told: Diagnostic[] = [];
      const diagnostics = new Diagnostics({ handler: (diagnostic) => void told.push(diagnostic) });
      const attributes = attributesOf({ env: { OTEL_RESOURCE_ATTRIBUTES: text }, diagnostics });
      return { attributes, told };
    };
    const good = listed(' a%20b = c%2Cd ,, e==f , g= ');
    expect(good.attributes).toMatchObject({ 'a b': 'c,d', e: '=f', g: '' });
    expect(good.told).toEqual([]);
    for (const bad of ['fine=1,broken', 'fine=1,=x', 'fine=1,x=%ZZ']) {
      const { attributes, told } = listed(bad);
      expect(attributes.fine).toBeUndefined();
      expect(told).toMatchObject([{ code: 'invalid_environment', subject: 'OTEL_RESOURCE_ATTRIBUTES' }]);
    }
  });

  it('never throws, whatever the environment says, and reads back what was encoded', () => {
    fc.assert(
      fc.property(fc.string(), (text) => void attributesOf({ env: { OTEL_RESOURCE_ATTRIBUTES: text } })),
    );
    const word = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(word, word, { minKeys: 1, noNullPrototype: true }), (wanted) => {
        const text = Object.entries(wanted)
          .map((pair) => pair.map(encodeURIComponent).join('='))
          .join(',');
        expect(attributesOf({ env: { OTEL_RESOURCE_ATTRIBUTES: text } })).toMatchObject(wanted);
      }),
    );
  });

  it('leaves out what is no attribute', () => {
    const attributes = { good: 1, bad: { nested: true } as never };
    expect(attributesOf({ attributes })).toMatchObject({ good: 1 });
    expect(attributesOf({ attributes })).not.toHaveProperty('bad');
  });
});

describe('resourceOf', () => {
  it('is what OpenTelemetry’s exporters ask for', () => {
    const resource = resourceOf({ a: 1 });
    expect(resource.asyncAttributesPending).toBe(false);
    expect(resource.getRawAttributes()).toEqual([['a', 1]]);
  });

  it('merges with another, which wins, and changes neither', () => {
    const one = resourceOf({ a: 1, b: 1 });
    const two = resourceOf({ b: 2 });
    expect(one.merge(two).attributes).toEqual({ a: 1, b: 2 });
    expect(one.merge(null).attributes).toEqual({ a: 1, b: 1 });
    expect(one.merge(resourceFromAttributes({ c: 3 }) as never).attributes).toEqual({ a: 1, b: 1, c: 3 });
    expect(one.attributes).toEqual({ a: 1, b: 1 });
  });
});
