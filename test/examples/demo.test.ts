import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../examples/demo/options.js';
import { run } from './run.js';

const MAIN = 'examples/demo/main.ts';

describe('the demo', () => {
  it('ends by itself, without a terminal, with two traces across both services', {
    timeout: 90_000,
  }, async () => {
    // The first payment fails and the next goes through: the two traces are there however few a busy machine makes.
    const load = ['--seconds', '5', '--rate', '35', '--failures', '30'];
    const demo = run(MAIN, [...load, '--port', '0', '--payments-port', '0']);
    const [, storefront] = await demo.until(/storefront listens on (http:\S+)/);
    const metrics = await (await fetch(`${storefront}/metrics`)).text();
    expect(metrics).toContain('# TYPE http_requests_total counter');

    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(demo.output).toMatch(/POST \/checkout +\d/);
    expect(demo.output).toMatch(/log lines .*info \d+/);
    expect(demo.output).toMatch(
      /checkout-works +-?\d+ % +\d+\.\d\d +(healthy|warning|critical|breached) +[█░]{20}/,
    );
    expect(demo.output).toContain('checkout-is-quick');
    const slow = demo.output.slice(demo.output.indexOf('A slow request'));
    expect(slow).toMatch(/storefront POST \/checkout/);
    expect(slow).toMatch(/payments POST \/charges/);
    expect(slow).toMatch(/bank: authorise/);
    expect(slow).toMatch(/order placed|payment refused/);
    const failed = demo.output.slice(demo.output.indexOf('A failed request'));
    expect(failed).toMatch(/storefront POST \/checkout ✗/);
    expect(failed).toMatch(/ERROR charge failed/);
    expect(failed).toContain('the bank closed the connection');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: without a terminal there are no colours
    expect(demo.output).not.toMatch(/\x1b/);
  });

  it('shuts down cleanly at Ctrl-C', { timeout: 90_000 }, async () => {
    const demo = run(MAIN, ['--port', '0', '--payments-port', '0']);
    const [, storefront] = await demo.until(/storefront listens on (http:\S+)/);
    await expect
      .poll(async () => (await fetch(`${storefront}/metrics`)).text())
      .toMatch(/^http_requests_total\{.*route="\/products/m);
    demo.child.kill('SIGINT');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(demo.output).toContain('A slow request');
  });

  it('says which port is taken, when it was asked for that one', { timeout: 90_000 }, async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    const demo = run(MAIN, ['--seconds', '1', '--port', '0', '--payments-port', String(port)]);
    expect((await demo.ended).code).toBe(1);
    expect(demo.output).toContain(`payments cannot listen on port ${port}: it is taken`);
    blocker.close();
  });
});

describe('the options of the demo', () => {
  it('have defaults', () => {
    expect(readOptions([])).toEqual({
      seconds: undefined,
      rate: 60,
      failures: 4,
      storefrontPort: undefined,
      paymentsPort: undefined,
    });
    expect(readOptions(['--help'])).toBe('help');
  });

  it.each([
    [['--seconds', 'soon'], /--seconds is "soon"; accepted: a number from 1/],
    [['--seconds', '0'], /--seconds is "0"/],
    [['--rate', '1e9'], /--rate is "1e9"/],
    [['--port', '-1'], /port/],
    [['--speed', '3'], /--speed/],
  ])('%j is refused, and said why', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
