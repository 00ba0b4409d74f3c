// SPDX-License-Identifier: MPL-2.0
// All nodes for one group of one plan, best first. Built once; after a placement only the chosen node is scored again.
// Nodes with the same values for spreads and distinct properties form a bucket: a placement changes the worth of a
// whole bucket, not the order within it.

import type { Allocation, AllocMetric, Job, Node, NodeScoreMeta, TaskGroup } from '@serai/api';
import { missingProperty } from '../feasible/distinct.ts';
import type { NodeFilter } from '../feasible/eligibility.ts';
import type { Candidates } from '../place/candidates.ts';
import type { GroupFit } from '../place/fit.ts';
import type { Proposal, ProposalListener } from '../place/proposal.ts';
import { affinityScorer } from './affinity.ts';
import { type Algorithm, fitScore, freePart } from './fit-score.ts';
import { JobCounts, type PropertyValues } from './job-counts.ts';
import { MetricCounts } from './metric-counts.ts';
import { RowHeap } from './row-heap.ts';

/** Nodes whose scores are recorded with a placement. */
const scoredNodesMax = 5;

export interface RankingOptions {
  readonly proposal: Proposal;
  readonly job: Job;
  readonly group: TaskGroup;
  readonly fit: GroupFit;
  readonly filter: NodeFilter;
  readonly candidates: Candidates;
  readonly algorithm: Algorithm;
  /** mixed into the order among equals, so that not every evaluation starts at the same node */
  readonly tieSeed: number;
  /** of the job, as in the snapshot */
  readonly jobAllocs: readonly Allocation[];
}

export interface SelectOptions {
  /** rows that should be avoided: an allocation failed there */
  readonly penalty?: readonly number[];
  /** taken when it fits, whatever its score (sticky disk) */
  readonly preferred?: number | undefined;
  /** further condition on the node */
  readonly accept?: ((node: Node) => string | undefined) | undefined;
}

export interface Selection {
  readonly row: number;
  readonly scores: readonly NodeScoreMeta[];
}

interface Bucket {
  readonly values: PropertyValues;
  /** by number of scores that a node's sum is made of */
  readonly heaps: (RowHeap | undefined)[];
}

interface Place {
  readonly row: number;
  readonly score: number;
  readonly boost: number;
  readonly heap: RowHeap;
  readonly heapKey: number;
}

/** Where a row stands. */
const out = 0;
const ranked = 1;
const exhausted = 2;
const takenHost = 3;

export class Ranking implements ProposalListener {
  readonly #options: RankingOptions;
  readonly #counts: JobCounts;
  readonly #metrics: MetricCounts;
  readonly #buckets: Bucket[] = [];
  readonly #bucketIds = new Map<string, number>();
  readonly #dimensions = new Map<number, string>();
  readonly #meta = new Map<number, NodeScoreMeta>();
  readonly #dirty = new Set<number>();
  readonly #penalised = new Set<number>();
  readonly #standing: Uint8Array;
  readonly #bucketOf: Int32Array;
  readonly #position: Int32Array;
  readonly #sum: Float64Array;
  readonly #parts: Uint8Array;
  readonly #fitScores: Float64Array;
  readonly #affinity: Float64Array | undefined;
  readonly #desired: number;
  readonly #columns: ConstructorParameters<typeof RowHeap>[0];

  constructor(options: RankingOptions) {
    const { length } = options.proposal.fleet;
    this.#options = options;
    this.#counts = new JobCounts(options.job, options.group, length);
    this.#metrics = new MetricCounts(options.candidates.available, options.candidates.inPool);
    this.#standing = new Uint8Array(length);
    this.#bucketOf = new Int32Array(length);
    this.#position = new Int32Array(length).fill(-1);
    this.#sum = new Float64Array(length);
    this.#parts = new Uint8Array(length);
    this.#fitScores = new Float64Array(length);
    this.#desired = Math.max(1, options.group.Count);
    this.#columns = {
      sum: this.#sum,
      position: this.#position,
      before: (a, b) => this.#isFirst(a, b),
    };
    this.#countExisting();
    this.#affinity = this.#affinities();
    this.#build();
    options.proposal.listen(this);
  }

  changed(row: number, alloc: Allocation, change: 1 | -1): void {
    this.#counts.count(alloc, { row, node: this.#node(row) }, change);
    if (this.#standing[row] !== out) this.#dirty.add(row);
  }

  /** The best row now; undefined when none will do. */
  select(options: SelectOptions = {}): Selection | undefined {
    for (const row of options.penalty ?? []) {
      this.#penalised.add(row);
      this.#dirty.add(row);
    }
    this.#refreshDirty();
    const top = this.#top();
    const chosen = options.accept ? this.#bestAccepted(options.accept) : this.#chosen(top, options.preferred);
    const selection =
      chosen === undefined ? undefined : { row: chosen, scores: top.map((place) => this.#scoreMeta(place)) };
    for (const row of this.#penalised) this.#dirty.add(row);
    this.#penalised.clear();
    return selection;
  }

  /** Counts as they are now; with a failure also the nodes that distinct_property forbids. */
  metric(extra: { scores?: readonly NodeScoreMeta[]; timeNs?: number; failed?: boolean } = {}): AllocMetric {
    if (!extra.failed) return this.#metrics.metric(extra);
    const refused: [string, string][] = [];
    for (const bucket of this.#buckets) {
      const reason = this.#counts.propertyRefusal(bucket.values);
      if (reason === undefined) continue;
      for (const heap of bucket.heaps)
        for (const row of heap?.rows ?? []) refused.push([this.#nodeClass(row), reason]);
    }
    for (const [nodeClass, reason] of refused) this.#metrics.filter(nodeClass, reason);
    const metric = this.#metrics.metric(extra);
    for (const [nodeClass, reason] of refused) this.#metrics.filter(nodeClass, reason, -1);
    return metric;
  }

  /** Nodes that would do if they had room, with what they run once the plan is committed. */
  *exhaustedNodes(): Iterable<{ node: Node; allocs: readonly Allocation[] }> {
    this.#refreshDirty();
    for (let row = 0; row < this.#standing.length; row++) {
      const node = this.#standing[row] === exhausted ? this.#node(row) : undefined;
      if (node) yield { node, allocs: this.#options.proposal.allocsOf(row) };
    }
  }

  #node(row: number): Node | undefined {
    return this.#options.proposal.fleet.rows[row]?.node;
  }

  #nodeClass(row: number): string {
    return this.#node(row)?.NodeClass ?? '';
  }

  /** Equal scores: by a hash of node and evaluation, so the same for every fleet that holds these nodes. */
  #isFirst(a: number, b: number): boolean {
    const { idHash } = this.#options.proposal.fleet;
    const first = scramble((idHash[a] ?? 0) ^ this.#options.tieSeed);
    const second = scramble((idHash[b] ?? 0) ^ this.#options.tieSeed);
    if (first !== second) return first < second;
    return (this.#node(a)?.ID ?? '') < (this.#node(b)?.ID ?? '');
  }

  #countExisting(): void {
    const { proposal, jobAllocs } = this.#options;
    const { fleet } = proposal;
    for (const alloc of jobAllocs) {
      const row = fleet.rowOf(alloc.NodeID);
      if (row === undefined || proposal.isStopped(alloc)) continue;
      this.#counts.count(alloc, { row, node: this.#node(row) }, 1);
    }
    for (const [row, alloc] of proposal.placed())
      this.#counts.count(alloc, { row, node: this.#node(row) }, 1);
  }

  #affinities(): Float64Array | undefined {
    const { job, group, proposal, candidates } = this.#options;
    const scorer = affinityScorer(job, group);
    if (!scorer) return undefined;
    const { fleet } = proposal;
    const scores = new Float64Array(fleet.length);
    const byClass = new Map<number, number>();
    for (const row of candidates.rows) {
      const node = this.#node(row);
      if (!node) continue;
      const classId = fleet.classId[row] ?? 0;
      let score = scorer.unique ? undefined : byClass.get(classId);
      if (score === undefined) {
        score = scorer.score(node);
        byClass.set(classId, score);
      }
      scores[row] = score;
    }
    return scores;
  }

  #build(): void {
    const { candidates, filter, proposal } = this.#options;
    this.#metrics.evaluate(candidates.rows.length);
    for (const row of candidates.rows) {
      const node = this.#node(row);
      if (!node) continue;
      const reason = filter.refuse(node, proposal.fleet.classId[row] ?? 0) ?? this.#assignBucket(row, node);
      if (reason !== undefined) {
        this.#metrics.filter(node.NodeClass, reason);
        continue;
      }
      this.#stand(row, (heap) => heap.append(row));
    }
    for (const bucket of this.#buckets) for (const heap of bucket.heaps) heap?.order();
  }

  /** The reason for which no bucket will do: a distinct property is missing. */
  #assignBucket(row: number, node: Node): string | undefined {
    if (!this.#counts.hasProperties) {
      if (this.#buckets.length === 0) this.#buckets.push({ values: [], heaps: [] });
      return undefined;
    }
    const values = this.#counts.valuesOf(node);
    const missing = this.#counts.missingProperty(values);
    if (missing !== undefined) return missingProperty(missing);
    const key = values.length === 1 ? (values[0] ?? '\0') : JSON.stringify(values);
    let id = this.#bucketIds.get(key);
    if (id === undefined) {
      id = this.#buckets.length;
      this.#buckets.push({ values, heaps: [] });
      this.#bucketIds.set(key, id);
    }
    this.#bucketOf[row] = id;
    return undefined;
  }

  #refreshDirty(): void {
    if (this.#dirty.size === 0) return;
    for (const row of this.#dirty) this.#refresh(row);
    this.#dirty.clear();
  }

  #refresh(row: number): void {
    const standing = this.#standing[row];
    if (standing === out) return;
    if (standing === exhausted)
      this.#metrics.exhaust(this.#nodeClass(row), this.#dimensions.get(row) ?? '', -1);
    else if (standing === takenHost) this.#metrics.filter(this.#nodeClass(row), 'distinct_hosts', -1);
    const before = standing === ranked ? this.#heap(row) : undefined;
    this.#meta.delete(row);
    this.#stand(row, (heap) => {
      if (heap === before) {
        heap.moved(row);
        return;
      }
      before?.remove(row);
      heap.add(row);
    });
    if (this.#standing[row] !== ranked) before?.remove(row);
  }

  /** Decides where the row stands now and scores it. */
  #stand(row: number, enter: (heap: RowHeap) => void): void {
    if (this.#counts.isTakenHost(row)) {
      this.#standing[row] = takenHost;
      this.#metrics.filter(this.#nodeClass(row), 'distinct_hosts');
      return;
    }
    const dimension = this.#options.fit.exhausted(row);
    if (dimension !== undefined) {
      this.#standing[row] = exhausted;
      this.#dimensions.set(row, dimension);
      this.#metrics.exhaust(this.#nodeClass(row), dimension);
      return;
    }
    this.#standing[row] = ranked;
    this.#score(row);
    enter(this.#heap(row));
  }

  #score(row: number): void {
    const { proposal, fit, algorithm } = this.#options;
    const { fleet } = proposal;
    const cpu = freePart((proposal.cpuUsed[row] ?? 0) + fit.cpuOn(row), fleet.cpuTotal[row] ?? 0);
    const memory = freePart((proposal.memoryUsed[row] ?? 0) + fit.memory, fleet.memoryTotal[row] ?? 0);
    let sum = fitScore(algorithm, cpu, memory);
    let parts = 1;
    this.#fitScores[row] = sum;
    const antiAffinity = this.#antiAffinity(row);
    if (antiAffinity !== 0) {
      sum += antiAffinity;
      parts++;
    }
    const affinity = this.#affinity?.[row] ?? 0;
    if (affinity !== 0) {
      sum += affinity;
      parts++;
    }
    if (this.#penalised.has(row)) {
      sum -= 1;
      parts++;
    }
    this.#sum[row] = sum;
    this.#parts[row] = parts;
  }

  #antiAffinity(row: number): number {
    const collisions = this.#counts.collisions[row] ?? 0;
    return collisions > 0 ? -(collisions + 1) / this.#desired : 0;
  }

  #heap(row: number): RowHeap {
    const bucket = this.#buckets[this.#bucketOf[row] ?? 0] as Bucket;
    const parts = this.#parts[row] ?? 1;
    let heap = bucket.heaps[parts];
    if (!heap) {
      heap = new RowHeap(this.#columns);
      bucket.heaps[parts] = heap;
    }
    return heap;
  }

  /** The best rows in order, at most `scoredNodesMax`. */
  #top(): Place[] {
    const best: Place[] = [];
    for (const bucket of this.#buckets) {
      if (this.#counts.properties.length > 0 && this.#counts.propertyRefusal(bucket.values) !== undefined)
        continue;
      const boost = this.#counts.spreads.length > 0 ? this.#counts.spreadBoost(bucket.values) : 0;
      for (let parts = 1; parts < bucket.heaps.length; parts++) {
        const heap = bucket.heaps[parts];
        if (heap) this.#consider(best, { heap, at: 0, boost, parts });
      }
    }
    // a child is never better than its parent, so whoever belongs to the best follows one of them
    for (let i = 0; i < best.length; i++) {
      const { heap, row, boost, heapKey } = best[i] as Place;
      const at = this.#position[row] ?? 0;
      this.#consider(best, { heap, at: 2 * at + 1, boost, parts: heapKey });
      this.#consider(best, { heap, at: 2 * at + 2, boost, parts: heapKey });
    }
    return best;
  }

  #consider(best: Place[], from: { heap: RowHeap; at: number; boost: number; parts: number }): void {
    const row = from.heap.rows[from.at];
    if (row === undefined) return;
    const score = ((this.#sum[row] ?? 0) + from.boost) / (from.parts + (from.boost === 0 ? 0 : 1));
    let at = best.length;
    while (at > 0) {
      const other = best[at - 1] as Place;
      if (other.score > score || (other.score === score && this.#isFirst(other.row, row))) break;
      at--;
    }
    if (at >= scoredNodesMax) return;
    best.splice(at, 0, { row, score, boost: from.boost, heap: from.heap, heapKey: from.parts });
    if (best.length > scoredNodesMax) best.pop();
  }

  #chosen(top: readonly Place[], preferred: number | undefined): number | undefined {
    if (preferred !== undefined && this.#standing[preferred] === ranked && !this.#isRefused(preferred))
      return preferred;
    return top[0]?.row;
  }

  #isRefused(row: number): boolean {
    const bucket = this.#buckets[this.#bucketOf[row] ?? 0];
    return bucket !== undefined && this.#counts.propertyRefusal(bucket.values) !== undefined;
  }

  /** Looks at every row: only for conditions that differ from placement to placement. */
  #bestAccepted(accept: (node: Node) => string | undefined): number | undefined {
    let best: { row: number; score: number } | undefined;
    for (const bucket of this.#buckets) {
      if (this.#counts.propertyRefusal(bucket.values) !== undefined) continue;
      const boost = this.#counts.spreadBoost(bucket.values);
      for (const [parts, heap] of bucket.heaps.entries()) {
        for (const row of heap?.rows ?? []) {
          const score = ((this.#sum[row] ?? 0) + boost) / (parts + (boost === 0 ? 0 : 1));
          if (best && (best.score > score || (best.score === score && this.#isFirst(best.row, row))))
            continue;
          const node = this.#node(row);
          if (node && accept(node) === undefined) best = { row, score };
        }
      }
    }
    return best?.row;
  }

  #scoreMeta(place: Place): NodeScoreMeta {
    const cached = place.boost === 0 ? this.#meta.get(place.row) : undefined;
    if (cached) return cached;
    const { row } = place;
    const scores: Record<string, number> = {
      binpack: this.#fitScores[row] ?? 0,
      'job-anti-affinity': this.#antiAffinity(row),
      'node-affinity': this.#affinity?.[row] ?? 0,
      'node-reschedule-penalty': this.#penalised.has(row) ? -1 : 0,
    };
    if (this.#counts.spreads.length > 0) scores['allocation-spread'] = place.boost;
    const meta = { NodeID: this.#node(row)?.ID ?? '', Scores: scores, NormScore: place.score };
    if (place.boost === 0 && !this.#penalised.has(row)) this.#meta.set(row, meta);
    return meta;
  }
}

/** Mixes 32 bits well. */
function scramble(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}
