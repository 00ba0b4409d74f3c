// SPDX-License-Identifier: MPL-2.0
// Finds nodes for the allocations of one attempt and keeps track of what they take.

import type { Allocation, AllocMetric, Job, Node, TaskGroup } from '@serai/api';
import { hash32, type Random, seededRandom } from '#base';
import { allocIndex } from '#model';
import { newAllocation } from '../alloc-rows.ts';
import type { PreemptChoice, SchedulerDeps, StateView } from '../contract.ts';
import { Eligibility } from '../feasible/eligibility.ts';
import { groupChecks, hasHostVolume, missingVolumes } from '../feasible/group-checks.ts';
import { Fleet } from '../fleet/fleet.ts';
import { Ranking, type Selection } from '../rank/ranking.ts';
import { groupAsk } from './ask.ts';
import { type Candidates, candidatesFor } from './candidates.ts';
import { GroupFit } from './fit.ts';
import { Proposal } from './proposal.ts';
import { settingsFor } from './settings.ts';

export interface PlacerOptions {
  readonly state: StateView;
  readonly deps: SchedulerDeps;
  readonly evalId: string;
  readonly jobAllocs: readonly Allocation[];
}

export interface PlaceRequest {
  readonly job: Job;
  readonly group: TaskGroup;
  readonly name: string;
  /** nodes to avoid */
  readonly penalty?: readonly string[];
  /** taken when it fits */
  readonly preferredNode?: string | undefined;
  /** other fields of the new row */
  readonly row: Pick<
    Parameters<typeof newAllocation>[0],
    'previousId' | 'deploymentId' | 'deploymentStatus' | 'rescheduleTracker'
  >;
}

export type PlaceOutcome =
  | { readonly kind: 'placed'; readonly alloc: Allocation; readonly evicted: readonly Allocation[] }
  /** no node will do; the counts say why */
  | { readonly kind: 'failed'; readonly metric: AllocMetric };

interface Stack {
  readonly ranking: Ranking;
  readonly fit: GroupFit;
}

export class Placer {
  readonly #options: PlacerOptions;
  readonly #stacks = new Map<string, Stack>();
  readonly #candidates = new Map<string, Candidates>();
  readonly #picks: Random;
  readonly #tieSeed: number;
  readonly fleet: Fleet;
  readonly proposal: Proposal;
  /** what was learnt about classes while looking for nodes */
  readonly eligibility = new Eligibility();
  /** the same for nodes that allocations are on already: kept apart, it explains no failure */
  readonly #present = new Eligibility();

  constructor(options: PlacerOptions) {
    this.#options = options;
    this.fleet = options.deps.fleet ?? new Fleet();
    this.fleet.sync(options.state);
    this.proposal = new Proposal(this.fleet);
    this.#tieSeed = options.deps.random.int(2 ** 31);
    this.#picks = seededRandom(this.#tieSeed);
  }

  place(request: PlaceRequest): PlaceOutcome {
    const { nowNs } = this.#options.deps;
    const startNs = nowNs();
    const { ranking, fit } = this.#stackOf(request.job, request.group);
    const rows = (request.penalty ?? []).flatMap((id) => this.fleet.rowOf(id) ?? []);
    const select = {
      penalty: rows,
      preferred: request.preferredNode === undefined ? undefined : this.fleet.rowOf(request.preferredNode),
      accept: perAllocVolumes(request.group, request.name),
    };
    const selection = ranking.select(select);
    const chosen = selection ? { selection, evicted: [] } : this.#preempt(request, ranking);
    if (!chosen)
      return { kind: 'failed', metric: ranking.metric({ failed: true, timeNs: nowNs() - startNs }) };
    const { row, scores } = chosen.selection;
    const resources = fit.offer(row, () => this.#picks.float());
    const node = this.fleet.rows[row]?.node;
    if (!resources || !node) return { kind: 'failed', metric: ranking.metric({ failed: true }) };
    const endNs = nowNs();
    const placed = newAllocation({
      ...request.row,
      id: this.#options.deps.random.uuid(),
      evalId: this.#options.evalId,
      job: request.job,
      name: request.name,
      group: request.group.Name,
      node,
      resources,
      metrics: ranking.metric({ scores, timeNs: endNs - startNs }),
      nowNs: endNs,
    });
    const alloc =
      chosen.evicted.length === 0
        ? placed
        : { ...placed, PreemptedAllocations: chosen.evicted.map((evicted) => evicted.ID) };
    this.proposal.place(row, alloc);
    return { kind: 'placed', alloc, evicted: chosen.evicted };
  }

  /** Why a node can't run the group; undefined when its attributes will do. Free resources are not looked at. */
  refuse(node: Node, job: Job, group: TaskGroup): string | undefined {
    const row = this.fleet.rowOf(node.ID);
    if (row === undefined) return 'node is unknown';
    const filter = this.#present.filterFor(
      { version: job.Version, group: group.Name },
      groupChecks(job, group),
    );
    return filter.refuse(node, this.fleet.classId[row] ?? 0);
  }

  candidatesOf(job: Job): Candidates {
    const key = JSON.stringify([job.Datacenters, job.NodePool]);
    let candidates = this.#candidates.get(key);
    if (!candidates) {
      candidates = candidatesFor(this.fleet, job);
      this.#candidates.set(key, candidates);
    }
    return candidates;
  }

  /** A GroupFit on this attempt's proposal, with the operator's settings. */
  fitFor(job: Job, group: TaskGroup): GroupFit {
    const { memoryOversubscription } = settingsFor(this.#options.state, job);
    return new GroupFit(groupAsk(job, group, { memoryOversubscription }), this.proposal);
  }

  /** Numbers from 0 to 1 that choose among free ports. */
  pick(): number {
    return this.#picks.float();
  }

  #stackOf(job: Job, group: TaskGroup): Stack {
    const key = `${job.Version}/${group.Name}`;
    let stack = this.#stacks.get(key);
    if (!stack) {
      const fit = this.fitFor(job, group);
      const ranking = new Ranking({
        proposal: this.proposal,
        job,
        group,
        fit,
        filter: this.eligibility.filterFor(
          { version: job.Version, group: group.Name },
          groupChecks(job, group),
        ),
        candidates: this.candidatesOf(job),
        algorithm: settingsFor(this.#options.state, job).algorithm,
        tieSeed: this.#tieSeed ^ hash32(group.Name),
        jobAllocs: this.#options.jobAllocs,
      });
      stack = { ranking, fit };
      this.#stacks.set(key, stack);
    }
    return stack;
  }

  #preempt(
    request: PlaceRequest,
    ranking: Ranking,
  ): { selection: Selection; evicted: readonly Allocation[] } | undefined {
    const { deps, state } = this.#options;
    if (!deps.preempt || !settingsFor(state, request.job).preemption) return undefined;
    const choice: PreemptChoice | undefined = deps.preempt({
      job: request.job,
      group: request.group,
      nodes: () => ranking.exhaustedNodes(),
    });
    const row = choice ? this.fleet.rowOf(choice.nodeId) : undefined;
    if (!choice || row === undefined) return undefined;
    for (const alloc of choice.evict) this.proposal.stop(alloc);
    const selection = ranking.select({ preferred: row });
    if (selection?.row === row) return { selection, evicted: choice.evict };
    for (const alloc of choice.evict) this.proposal.keep(alloc);
    return undefined;
  }
}

/** Host volumes of which each allocation has its own: `data[3]` for the allocation with index 3. */
function perAllocVolumes(group: TaskGroup, name: string): ((node: Node) => string | undefined) | undefined {
  const requests = Object.values(group.Volumes ?? {}).filter(
    (request) => request.PerAlloc && request.Type === 'host',
  );
  if (requests.length === 0) return undefined;
  const suffix = `[${allocIndex(name)}]`;
  return (node) =>
    requests.every((request) => hasHostVolume(node, `${request.Source}${suffix}`, request))
      ? undefined
      : missingVolumes;
}
