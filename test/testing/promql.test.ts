import { createTestTelemetry, promqlOver } from 'telltale/testing';
import { describe, expect, it } from 'vitest';
import { Counter, Gauge, Histogram } from '../../src/metrics/index.js';

describe('promql over a test telemetry', () => {
  const setup = async () => {
    const telemetry = createTestTelemetry();
    const promql = await promqlOver(telemetry);
    const requests = telemetry.registry.getOrCreate(Counter, {
      name: 'http_requests_total',
      help: 'Requests.',
      labelNames: ['route'],
    });
    return { telemetry, promql, requests };
  };

  it('asks what was counted just now, without waiting for a scrape', async () => {
    const { promql, requests } = await setup();
    requests.inc({ route: '/a' }, 2);
    requests.inc({ route: '/b' });
    expect(await promql('http_requests_total{route="/a"}')).toEqual([
      { labels: { __name__: 'http_requests_total', route: '/a' }, value: 2 },
    ]);
    expect(await promql('sum(http_requests_total)')).toEqual([{ labels: {}, value: 3 }]);
  });

  it('reads on the interval of the clock, as a Prometheus would', async () => {
    const { telemetry, promql, requests } = await setup();
    for (let i = 0; i < 20; i++) {
      requests.inc({ route: '/a' }, 30);
      await telemetry.clock.advance(15_000);
    }
    expect(await promql('sum by (route) (rate(http_requests_total[1m]))')).toEqual([
      { labels: { route: '/a' }, value: 2 },
    ]);
    expect(await promql('http_requests_total[1m]')).toEqual([
      { labels: { __name__: 'http_requests_total', route: '/a' }, values: [510, 540, 570, 600] },
    ]);
    expect(await promql('http_requests_total', { time: '1m' })).toMatchObject([{ value: 120 }]);
    expect(await promql('time()', { time: new Date(5_000) })).toBe(5);
  });

  it('steps at another interval where it is asked to', async () => {
    const telemetry = createTestTelemetry();
    const promql = await promqlOver(telemetry, { interval: '1m' });
    const gauge = telemetry.registry.getOrCreate(Gauge, { name: 'depth', help: 'Depth.' });
    gauge.set(1);
    await telemetry.clock.advance(180_000);
    expect(await promql('count_over_time(depth[1h])')).toEqual([{ labels: {}, value: 3 }]);
  });

  it('reads in step with the test, wherever the clock stood before', async () => {
    const telemetry = createTestTelemetry();
    await telemetry.clock.advance(1_234);
    const promql = await promqlOver(telemetry);
    const jobs = telemetry.registry.getOrCreate(Counter, { name: 'jobs_total', help: 'Jobs.' });
    for (let i = 0; i < 8; i++) {
      jobs.inc();
      await telemetry.clock.advance(15_000);
    }
    expect(await promql('increase(jobs_total[1m])')).toEqual([{ labels: {}, value: 4 }]);
  });

  it('tells of a metric that cannot be read', async () => {
    const { telemetry, promql } = await setup();
    telemetry.registry.getMetricsAsArray = () => {
      throw new Error('the pool is closed');
    };
    await expect(promql('up')).rejects.toThrow('the pool is closed');
  });

  it('answers for histograms', async () => {
    const { telemetry, promql } = await setup();
    const latency = telemetry.registry.getOrCreate(Histogram, {
      name: 'latency_seconds',
      help: 'Latency.',
      buckets: [0.1, 0.5, 1],
    });
    for (let i = 0; i < 8; i++) {
      latency.observe(0.3);
      await telemetry.clock.advance(15_000);
    }
    expect(await promql('histogram_quantile(0.5, rate(latency_seconds_bucket[1m]))')).toEqual([
      { labels: {}, value: 0.3 },
    ]);
  });

  it('says so when a moment would have two values, and goes on when time has passed', async () => {
    const { telemetry, promql, requests } = await setup();
    requests.inc({ route: '/a' });
    expect(await promql('sum(http_requests_total)')).toEqual([{ labels: {}, value: 1 }]);
    expect(await promql('sum(http_requests_total)')).toEqual([{ labels: {}, value: 1 }]);
    requests.inc({ route: '/a' });
    await expect(promql('sum(http_requests_total)')).rejects.toThrow(/let time pass/);
    await telemetry.clock.advance(1);
    expect(await promql('sum(http_requests_total)')).toEqual([{ labels: {}, value: 2 }]);
  });

  it('forgets what it read when the telemetry is reset', async () => {
    const { telemetry, promql, requests } = await setup();
    requests.inc({ route: '/a' }, 5);
    expect(await promql('sum(http_requests_total)')).toEqual([{ labels: {}, value: 5 }]);
    telemetry.reset();
    expect(await promql('sum(http_requests_total)')).toEqual([]);
    await telemetry.clock.advance(30_000);
    requests.inc({ route: '/a' }, 1);
    await telemetry.clock.advance(15_000);
    expect(await promql('sum(http_requests_total)')).toEqual([{ labels: {}, value: 1 }]);
    expect(await promql('count_over_time(http_requests_total[1h])')).toMatchObject([{ value: 1 }]);
  });
});

describe('promql over loaded series', () => {
  it('reads the notation of Prometheus', async () => {
    const promql = await promqlOver();
    promql.load(
      `http_requests_total{route="/a"} 1+1x10
       # a remark
       http_requests_total{route="/b"} 0+3x10`,
      '15s',
    );
    expect(await promql('sum by (route) (increase(http_requests_total[1m]))')).toEqual([
      { labels: { route: '/a' }, value: 4 },
      { labels: { route: '/b' }, value: 12 },
    ]);
    expect(await promql('sum(http_requests_total)', { time: '30s' })).toEqual([{ labels: {}, value: 9 }]);
    expect(await promql('scalar(count(http_requests_total))')).toBe(2);
    expect(await promql('"text"')).toBe('text');
    expect(await promql('http_requests_total > 100')).toEqual([]);
  });

  it('stands beside what a telemetry measures', async () => {
    const telemetry = createTestTelemetry();
    const promql = await promqlOver(telemetry);
    telemetry.registry.getOrCreate(Gauge, { name: 'limit', help: 'Limit.' }).set(10);
    promql.load('used 1+1x4', '15s');
    await telemetry.clock.advance(60_000);
    expect(await promql('used / limit')).toEqual([{ labels: {}, value: 0.5 }]);
  });

  it('tells what is wrong', async () => {
    const promql = await promqlOver();
    await expect(promql('sum(')).rejects.toThrow(/1:5: parse error/);
    expect(() => promql.load('x 1 2 oops', '15s')).toThrow(/oops/);
    expect(() => promql.load('x 1 2', 'soon')).toThrow(/promqlOver.*step.*"soon".*duration/);
    expect(() => promql.load('x 1 2', '0s')).toThrow(/step/);
    promql.load('y 1 2', '15s');
    expect(() => promql.load('y 3 4', '15s')).toThrow(/once/);
    await expect(promql('y', { time: 'never' })).rejects.toThrow(/time/);
    await expect(promqlOver(undefined, { interval: 'x' })).rejects.toThrow(/interval/);
    // @ts-expect-error: no such option
    await expect(promqlOver(undefined, { intervall: '1m' })).rejects.toThrow(/unknown option/);
  });
});
