// SPDX-License-Identifier: MPL-2.0
// A metrics snapshot in Prometheus' text format. Samples are summaries without quantiles: those would need every value.

import type { Labels, MetricsSnapshot, Series } from '#base';

export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

export function prometheusText(snapshot: MetricsSnapshot, labels: Labels): string {
  const families = new Map<string, string[]>();
  const add = (name: string, kind: string, lines: readonly string[]): void => {
    const family = families.get(name);
    if (family) family.push(...lines);
    else families.set(name, [`# HELP ${name} ${name}`, `# TYPE ${name} ${kind}`, ...lines]);
  };
  for (const gauge of snapshot.gauges) {
    const name = metricName(gauge.name);
    add(name, 'gauge', [`${name}${labelText(gauge, labels)} ${valueText(gauge.value)}`]);
  }
  for (const counter of snapshot.counters) {
    const name = metricName(counter.name);
    add(name, 'counter', [`${name}${labelText(counter, labels)} ${valueText(counter.sum)}`]);
  }
  for (const sample of snapshot.samples) {
    const name = metricName(sample.name);
    const own = labelText(sample, labels);
    add(name, 'summary', [
      `${name}_sum${own} ${valueText(sample.sum)}`,
      `${name}_count${own} ${sample.count}`,
    ]);
  }
  const names = [...families.keys()].sort();
  return names.map((name) => `${families.get(name)?.join('\n')}\n`).join('');
}

/** Blank . = - / become underscores; what else the format forbids does too. */
function metricName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
}

function labelText(series: Series, added: Labels): string {
  const pairs = Object.entries({ ...series.labels, ...added })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, '_')}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
