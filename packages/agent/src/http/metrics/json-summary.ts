// SPDX-License-Identifier: MPL-2.0
// A metrics snapshot as Nomad prints it in JSON.

import type { MetricsSummary, Static } from '@serai/api';
import type { Labels, MetricsSnapshot, SampleSummary } from '#base';

/** Seconds of an interval: the base of `Rate`. */
const intervalSeconds = 10;

/** `labels` (host) are added to every series. Sorted by name, then labels. */
export function metricsSummary(snapshot: MetricsSnapshot, labels: Labels): Static<typeof MetricsSummary> {
  const byName = (a: { Name: string; Labels: unknown }, b: { Name: string; Labels: unknown }): number =>
    compare(a.Name, b.Name) || compare(JSON.stringify(a.Labels), JSON.stringify(b.Labels));
  return {
    Timestamp: timestamp(snapshot.timestampMs),
    Gauges: snapshot.gauges
      .map((gauge) => ({ Name: gauge.name, Value: gauge.value, Labels: { ...gauge.labels, ...labels } }))
      .sort(byName),
    Points: [],
    Counters: snapshot.counters.map((counter) => sampled(counter, labels)).sort(byName),
    Samples: snapshot.samples.map((sample) => sampled(sample, labels)).sort(byName),
  };
}

function sampled(sample: SampleSummary, labels: Labels) {
  const { count, sum, sumSquares, min, max } = sample;
  return {
    Name: sample.name,
    Count: count,
    Rate: sum / intervalSeconds,
    Sum: sum,
    Min: min,
    Max: max,
    Mean: count === 0 ? 0 : sum / count,
    Stddev: standardDeviation(count, sum, sumSquares),
    Labels: { ...sample.labels, ...labels },
  };
}

/** Of a sample; 0 for fewer than two values. Rounding can make the difference slightly negative. */
function standardDeviation(count: number, sum: number, sumSquares: number): number {
  if (count < 2) return 0;
  return Math.sqrt(Math.max(0, (count * sumSquares - sum * sum) / (count * (count - 1))));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `2026-11-22 01:32:00 +0000 UTC` */
function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}
