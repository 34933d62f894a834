import assert from "node:assert/strict";
import { nameOrPattern, patternOf, withoutVariables } from "../../../src/cli/check/grafana_variables.ts";
import { promqlReader } from "../../../src/cli/check/promql.ts";

const reader = await promqlReader();

/** The metrics asked for by an expression of a dashboard; those that may be any are left out. */
function metrics(expression: string): string[] {
  return reader.metrics(withoutVariables(expression)).flatMap((selector) => {
    const meant = "name" in selector ? nameOrPattern(selector.name) : patternOf(selector.pattern);
    return meant ? ["name" in meant ? meant.name : `~${meant.pattern}`] : [];
  });
}

Deno.test("withoutVariables: what is left is PromQL, wherever a variable stood", () => {
  const cases: readonly (readonly [expression: string, expected: string])[] = [
    ['rate(a{instance="$node",job=~"${job:regex}"}[$__rate_interval])', "a"],
    ["rate(a[${__range_s}s]) + rate(b[${n}m]) + rate(c[[[interval]]])", "a b c"],
    ["max_over_time(a[$__range:$__interval]) offset $shift", "a"],
    ["topk($n, a) > $threshold", "a"],
    ["sum by ($group, job) (a) * $__interval_ms / 1000", "a"],
    ["$function(a[5m]) + ${aggregate} by (x) (b)", "a b"],
    ['a{$filters} + b{x="1",[[filters]]}', "a b"],
    ["node_${direction}_total + ${prefix}_x", "~node_.*_total ~.*_x"],
    ['{__name__=~"node_$what|y"} + {__name__=~"$metric"} + $metric + {__name__="$metric"}', "~node_.*|y"],
    ['label_replace(a, "b", "$1", "c", "(.*)$")', "a"],
  ];
  for (const [expression, expected] of cases) assert.equal(metrics(expression).join(" "), expected, expression);
});
