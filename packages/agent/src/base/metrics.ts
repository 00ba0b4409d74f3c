// SPDX-License-Identifier: MPL-2.0
// Counters, gauges and samples with labels. Names as in Nomad's telemetry ("nomad.client.allocs.running").

export type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  incr(name: string, by?: number, labels?: Labels): void;
  gauge(name: string, value: number, labels?: Labels): void;
  /** One observation; durations in milliseconds as Nomad reports them. */
  sample(name: string, value: number, labels?: Labels): void;
}

export interface Series {
  readonly name: string;
  readonly labels: Labels;
}
export interface SampleSummary extends Series {
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly min: number;
  readonly max: number;
}
export interface MetricsSnapshot {
  /** start of the interval, Unix milliseconds */
  readonly timestampMs: number;
  readonly gauges: readonly (Series & { readonly value: number })[];
  readonly counters: readonly SampleSummary[];
  readonly samples: readonly SampleSummary[];
}

/** Different series kept; later ones are dropped, so that a label can't eat the memory. */
export const maxSeries = 20_000;

interface MutableSummary extends Series {
  count: number;
  sum: number;
  sumSquares: number;
  min: number;
  max: number;
}

/** Keeps the current and the last full interval (Nomad: 10 s), and totals since the start for Prometheus. */
export class MetricsRegistry implements Metrics {
  readonly #nowMs: () => number;
  readonly #intervalMs: number;
  readonly #gauges = new Map<string, Series & { value: number }>();
  #current: Interval;
  #last: Interval | undefined;
  readonly #totals = new Interval(0);

  constructor(options: { nowMs: () => number; intervalMs?: number }) {
    this.#nowMs = options.nowMs;
    this.#intervalMs = options.intervalMs ?? 10_000;
    this.#current = new Interval(this.#startOf(options.nowMs()));
  }

  incr(name: string, by = 1, labels: Labels = {}): void {
    this.#roll();
    this.#current.add('counter', name, labels, by);
    this.#totals.add('counter', name, labels, by);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    const key = seriesKey(name, labels);
    const known = this.#gauges.get(key);
    if (known) known.value = value;
    else if (this.#gauges.size < maxSeries) this.#gauges.set(key, { name, labels, value });
  }

  sample(name: string, value: number, labels: Labels = {}): void {
    this.#roll();
    this.#current.add('sample', name, labels, value);
    this.#totals.add('sample', name, labels, value);
  }

  /** Forgets the gauges of a thing that is gone. */
  removeGauges(matches: (series: Series) => boolean): void {
    for (const [key, series] of this.#gauges) if (matches(series)) this.#gauges.delete(key);
  }

  /** The last full interval, or the current one while there is none. */
  interval(): MetricsSnapshot {
    this.#roll();
    return this.#snapshot(this.#last ?? this.#current);
  }

  /** Everything since the start. */
  totals(): MetricsSnapshot {
    return this.#snapshot(this.#totals);
  }

  #snapshot(interval: Interval): MetricsSnapshot {
    return {
      timestampMs: interval.startMs,
      gauges: [...this.#gauges.values()],
      counters: [...interval.counters.values()],
      samples: [...interval.samples.values()],
    };
  }

  #startOf(nowMs: number): number {
    return nowMs - (nowMs % this.#intervalMs);
  }

  #roll(): void {
    const start = this.#startOf(this.#nowMs());
    if (start === this.#current.startMs) return;
    this.#last = this.#current;
    this.#current = new Interval(start);
  }
}

class Interval {
  readonly startMs: number;
  readonly counters = new Map<string, MutableSummary>();
  readonly samples = new Map<string, MutableSummary>();

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  add(kind: 'counter' | 'sample', name: string, labels: Labels, value: number): void {
    const table = kind === 'counter' ? this.counters : this.samples;
    const key = seriesKey(name, labels);
    const summary = table.get(key);
    if (!summary) {
      if (table.size >= maxSeries) return;
      table.set(key, {
        name,
        labels,
        count: 1,
        sum: value,
        sumSquares: value * value,
        min: value,
        max: value,
      });
      return;
    }
    summary.count += 1;
    summary.sum += value;
    summary.sumSquares += value * value;
    summary.min = Math.min(summary.min, value);
    summary.max = Math.max(summary.max, value);
  }
}

function seriesKey(name: string, labels: Labels): string {
  let key = name;
  for (const label of Object.keys(labels).sort()) key += `;${label}=${labels[label]}`;
  return key;
}

/** Drops everything. */
export const nullMetrics: Metrics = { incr: () => {}, gauge: () => {}, sample: () => {} };
