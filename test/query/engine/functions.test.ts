import { describe, expect, it } from 'vitest';
import { runScript } from '../../conformance/promql/run.js';

/** Cases of our own in Prometheus's test language: each is evaluated as an instant, fixed by `@`, and in a range. */
async function expectPasses(script: string): Promise<void> {
  const { passed, failures } = await runScript(script);
  expect(failures).toEqual([]);
  expect(passed).toBeGreaterThan(0);
}

describe('functions', () => {
  it('info adds the labels of info metrics', () =>
    expectPasses(`
      load 5m
        metric{instance="a", job="1", label="value"} 0 1 2
        other{instance="a", job="2", label="value"} 0 1 2
        target_info{instance="a", job="1", data="info", another_data="another info", label="theirs"} 1 1 1
        build_info{instance="a", job="1", version="1.2"} 1 1 1

      eval range from 0m to 10m step 5m info(metric, {data=~".+"})
        metric{data="info", instance="a", job="1", label="value"} 0 1 2

      eval range from 0m to 10m step 5m info(metric)
        metric{data="info", another_data="another info", instance="a", job="1", label="value"} 0 1 2

      eval range from 0m to 10m step 5m info(other)
        other{instance="a", job="2", label="value"} 0 1 2

      eval range from 0m to 10m step 5m info(other, {data=~".+"})

      eval range from 0m to 10m step 5m info(metric, {data=~".+", nothing=~".*"})
        metric{data="info", instance="a", job="1", label="value"} 0 1 2

      eval range from 0m to 10m step 5m info(metric, {__name__="build_info"})
        metric{version="1.2", instance="a", job="1", label="value"} 0 1 2

      eval range from 0m to 10m step 5m info(build_info, {__name__=~".+_info", data=~".*"})
        build_info{instance="a", job="1", version="1.2"} 1 1 1

      eval instant at 0 info(metric, metric)
        expect fail msg:1:14: parse error: expected label selectors only, got vector selector instead

      eval instant at 0 info(metric, metric + 1)
        expect fail msg:1:14: parse error: expected label selectors only
    `));

  it('info prefers the newest of two info series, and refuses two of the same time', () =>
    expectPasses(`
      load 1m
        metric{instance="a", job="1"} 0 1 2 3 4
        target_info{instance="a", job="1", v="old"} 1
        target_info{instance="a", job="1", v="new"} _ _ 1 1 1

      eval instant at 4m info(metric)
        metric{instance="a", job="1", v="new"} 4

      clear
      load 1m
        metric{instance="a", job="1"} 0 1
        target_info{instance="a", job="1", v="x"} 1 1
        target_info{instance="a", job="1", v="y"} 1 1

      eval instant at 1m info(metric)
        expect fail regex:^found duplicate series for info metric: existing target_info.* @ 60000, new
    `));

  it('limit_ratio takes the series that Prometheus takes', () =>
    expectPasses(`
      load 1m
        x{i="1"} 1
        x{i="2"} 1

      eval instant at 0 count(limit_ratio(0.3, x) or limit_ratio(-0.7, x))
        {} 2

      eval instant at 0 limit_ratio(0.3, x) and limit_ratio(-0.7, x)

      eval instant at 0 limit_ratio(scalar(nothing), x)
        expect fail msg:Ratio value NaN is NaN
    `));

  it('label_replace knows groups by number and name', () =>
    expectPasses(`
      load 1m
        x{a="one-two"} 1

      eval instant at 0 label_replace(x, "b", "$2$1-\${second}-$$-$9", "a", "(?P<first>.*)-(?P<second>.*)")
        x{a="one-two", b="twoone-two-$-"} 1

      eval instant at 0 label_replace(x, "a", "", "a", ".*")
        x 1

      eval instant at 0 label_replace(x, "b", "y", "a", "one")
        x{a="one-two"} 1

      eval instant at 0 label_replace(x, "", "y", "a", ".*")
        expect fail regex:^invalid destination label name in label_replace\\(\\):
    `));

  it('dates are those of UTC, from any second', () =>
    expectPasses(`
      eval instant at 0 year(vector(-1))
        {} 1969

      eval instant at 0 day_of_year(vector(1704067199))
        {} 365

      eval instant at 0 days_in_month(vector(1709164800))
        {} 29

      eval instant at 0 day_of_week(vector(1709164800.9))
        {} 4
    `));

  it('subqueries lie on multiples of their step', () =>
    expectPasses(`
      load 10s
        x 0+1x100

      eval instant at 95s count_over_time(x[60s:20s])
        {} 3

      eval instant at 95s x[60s:20s]
        expect range vector from 40s to 80s step 20s
        x 4 6 8

      eval instant at 100s sum_over_time(sum_over_time(x[20s])[40s:10s] offset 10s)
        {} 56
    `));
});
