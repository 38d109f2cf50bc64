/**
 * An objective from definition to gate: it is tracked here, kept over restarts, acted on, forecast, and written out
 * for Prometheus and for `npx telltale gate`.
 *
 *     npx tsx examples/slo/main.ts
 */
import { createTelemetry } from 'telltale';
import { writeOpenSlo } from 'telltale/openslo';
import { prometheusRules } from 'telltale/rules';
import { alert, decide, forecast, httpAvailability, SloPolicies, SloSet } from 'telltale/slo';

const telemetry = createTelemetry({
  service: { name: 'shop' },
  slos: (signals) =>
    new SloSet({
      ...signals,
      state: process.env.SLO_STATE ?? 'node_modules/.cache/telltale-slo.json',
      objectives: [
        {
          id: 'checkout',
          service: 'shop',
          target: 99.5,
          window: '30d',
          indicator: httpAvailability({ registry: signals.registry, route: '/checkout' }),
        },
      ],
    }),
});
const { logger } = telemetry;
const slos = telemetry.slos!;
await slos.ready;

const policies = new SloPolicies({
  slos,
  policies: [
    {
      name: 'wake somebody',
      when: { firing: 'page' },
      actions: [alert(({ message }) => logger.warn(message))],
    },
  ],
});

// In a service the middleware counts; here the events are recorded by hand.
const checkout = slos.get('checkout');
checkout.good(9_950);
checkout.bad(40);
await policies.evaluate();

const { budget, state } = checkout.status();
logger.info('budget', { left: `${Math.round(budget.remaining * 100)} %`, state });
logger.info('forecast', { ...forecast(checkout), interval: undefined });
logger.info('may we deploy?', { ...decide({ service: 'shop', risk: 'high' }, slos.statuses()) });

await telemetry.flush();
process.stdout.write(`\n# rules for Prometheus\n${prometheusRules([checkout])}`);
process.stdout.write(
  `\n# for npx telltale gate --slo slo.yaml --prometheus URL\n${writeOpenSlo([checkout])}`,
);
await policies.stop();
await telemetry.shutdown();
