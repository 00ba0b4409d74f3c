// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricsRegistry } from '#base';
import { metricsSummary } from './json-summary.ts';
import { prometheusText } from './prometheus.ts';

function registry(): MetricsRegistry {
  const metrics = new MetricsRegistry({ nowMs: () => Date.UTC(2026, 10, 22, 1, 32, 5) });
  metrics.gauge('nomad.client.uptime', 12, { node_id: 'n1' });
  metrics.gauge('nomad.broker.total-ready', 3);
  metrics.incr('nomad.client.allocs.running', 2, { job: 'web' });
  metrics.incr('nomad.client.allocs.running', 3, { job: 'web' });
  for (const ms of [1, 2, 3, 4]) metrics.sample('nomad.plan.apply', ms);
  return metrics;
}

test('the summary has the interval, sorted series and the added label', () => {
  const summary = metricsSummary(registry().interval(), { host: 'h1' });
  assert.equal(summary.Timestamp, '2026-11-22 01:32:00 +0000 UTC');
  assert.deepEqual(
    summary.Gauges?.map((gauge) => [gauge.Name, gauge.Value, gauge.Labels]),
    [
      ['nomad.broker.total-ready', 3, { host: 'h1' }],
      ['nomad.client.uptime', 12, { node_id: 'n1', host: 'h1' }],
    ],
  );
  assert.deepEqual(summary.Points, []);
  assert.deepEqual(summary.Counters, [
    {
      Name: 'nomad.client.allocs.running',
      Count: 2,
      Rate: 0.5,
      Sum: 5,
      Min: 2,
      Max: 3,
      Mean: 2.5,
      Stddev: Math.sqrt(0.5),
      Labels: { job: 'web', host: 'h1' },
    },
  ]);
  assert.equal(summary.Samples?.[0]?.Mean, 2.5);
});

test('one value has no deviation', () => {
  const metrics = new MetricsRegistry({ nowMs: () => 0 });
  metrics.sample('a', 0.1);
  assert.equal(metricsSummary(metrics.interval(), {}).Samples?.[0]?.Stddev, 0);
});

test('Prometheus text has one head per family and safe names', () => {
  const text = prometheusText(registry().totals(), { host: 'h1' });
  assert.equal(
    text,
    `# HELP nomad_broker_total_ready nomad_broker_total_ready
# TYPE nomad_broker_total_ready gauge
nomad_broker_total_ready{host="h1"} 3
# HELP nomad_client_allocs_running nomad_client_allocs_running
# TYPE nomad_client_allocs_running counter
nomad_client_allocs_running{host="h1",job="web"} 5
# HELP nomad_client_uptime nomad_client_uptime
# TYPE nomad_client_uptime gauge
nomad_client_uptime{host="h1",node_id="n1"} 12
# HELP nomad_plan_apply nomad_plan_apply
# TYPE nomad_plan_apply summary
nomad_plan_apply_sum{host="h1"} 10
nomad_plan_apply_count{host="h1"} 4
`,
  );
});

test('a label value cannot break its line', () => {
  const metrics = new MetricsRegistry({ nowMs: () => 0 });
  metrics.gauge('1a b=c/d', Number.POSITIVE_INFINITY, { 'x-y': 'q"\n\\' });
  assert.match(prometheusText(metrics.totals(), {}), /^_1a_b_c_d\{x_y="q\\"\\n\\\\"\} \+Inf$/m);
});
