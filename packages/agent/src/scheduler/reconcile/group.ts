// SPDX-License-Identifier: MPL-2.0
// One task group of a service or batch job, in the order in which decisions build on each other:
// forget old ones → canaries → tainted nodes → reschedules → names → stops → updates → placements → deployment.

import type { Allocation, DeploymentState, Job, TaskGroup } from '@serai/api';
import { clientStatus, isTerminal } from '#model';
import { withClientStatus } from '../alloc-rows.ts';
import { trigger } from '../evaluations.ts';
import { AllocNames } from './alloc-names.ts';
import { currentCanaries, stopOldCanaries } from './canaries.ts';
import { hasUpdateStrategy, newDeploymentState } from './deployment-progress.ts';
import { disconnectRules, rulesOf, stillOnClient, stopsOnClientAtNs } from './disconnect.ts';
import type { Collector, ReconcileInput } from './reconciler.ts';
import { reconnect } from './reconnect.ts';
import { rescheduleVerdict } from './reschedule.ts';
import { DesiredCounts, type Placement, stopReason } from './result.ts';
import { standingOf } from './standing.ts';
import { stopExcess } from './stops.ts';
import { sortByTaint } from './taint.ts';
import { updateLimit } from './update-limit.ts';

export interface GroupInput {
  readonly input: ReconcileInput;
  readonly job: Job;
  readonly group: TaskGroup;
  readonly allocs: readonly Allocation[];
  readonly collected: Collector;
}

/** True when nothing is left to do for the group and its deployment is healthy. */
export function reconcileGroup(from: GroupInput): boolean {
  return new GroupReconciler(from).run();
}

const delayedRescheduling = {
  trigger: trigger.allocFailure,
  description: 'created for delayed rescheduling',
};

interface Delayed {
  readonly alloc: Allocation;
  readonly atNs: number;
}

class GroupReconciler {
  readonly #from: GroupInput;
  readonly #counts = new DesiredCounts();
  readonly #isBatch: boolean;
  /** state of the group in the current deployment, or a new one that is attached when it is needed */
  #state: DeploymentState;
  readonly #hasState: boolean;

  /** fine as they are, as far as their node goes */
  #untainted: Allocation[] = [];
  #migrate: Allocation[] = [];
  #lost: Allocation[] = [];
  /** lost, but their client may run them for a while: replaced later */
  #lostLater: Delayed[] = [];
  #disconnecting: Allocation[] = [];
  /** out of reach, and the group wants no replacement meanwhile */
  #absent: Allocation[] = [];
  #canaries: Allocation[] = [];
  #rescheduleNow: Allocation[] = [];
  #rescheduleLater: Delayed[] = [];
  #destructive: Allocation[] = [];

  constructor(from: GroupInput) {
    this.#from = from;
    this.#isBatch = from.job.Type === 'batch';
    const state = from.collected.progress.stateOf(from.group.Name);
    this.#hasState = state !== undefined;
    this.#state = state ?? newDeploymentState(from.group);
  }

  run(): boolean {
    const { group, job, collected } = this.#from;
    const current = this.#withoutOld(this.#from.allocs);
    const all = this.#handleCanaries(current);
    this.#sortByNode(all);
    this.#sortByFailure();
    this.#noteDisconnected();
    this.#delayLost();
    const names = new AllocNames({ jobId: job.ID, group: group.Name, count: group.Count }, [
      ...this.#untainted,
      ...this.#migrate,
      ...this.#rescheduleNow,
      ...this.#lost,
      ...this.#lostLater.map((item) => item.alloc),
      ...this.#disconnecting,
      ...this.#absent,
    ]);
    this.#stopLost();
    this.#stopExcess(names);
    const updated = this.#sortByUpdate();
    if (this.#isCanarying()) this.#untainted = without(this.#untainted, this.#canaries);
    const wantsCanaries = this.#placeCanaries(names);
    const placed = this.#placeMissing(names, wantsCanaries);
    this.#migrateAll();
    this.#deploy(all, updated);
    collected.want(group.Name, this.#counts);
    const busy =
      placed + updated + this.#destructive.length + this.#migrate.length + this.#rescheduleNow.length;
    return busy + this.#rescheduleLater.length === 0 && !wantsCanaries && this.#isHealthy();
  }

  /** Batch: what an older version finished is history; the new version runs again. */
  #withoutOld(allocs: readonly Allocation[]): Allocation[] {
    if (!this.#isBatch) return [...allocs];
    const { job } = this.#from;
    const kept = allocs.filter((alloc) => {
      const older =
        alloc.Job !== null && (alloc.Job.Version < job.Version || alloc.Job.CreateIndex < job.CreateIndex);
      return !(older && isTerminal(alloc));
    });
    this.#counts.ignore += allocs.length - kept.length;
    return kept;
  }

  #handleCanaries(allocs: Allocation[]): Allocation[] {
    const { collected, input } = this.#from;
    const kept = stopOldCanaries(allocs, collected, this.#counts);
    const found = currentCanaries(kept, { collected, tainted: input.tainted, nowNs: input.nowNs });
    this.#canaries = found.canaries;
    return found.rest;
  }

  #sortByNode(allocs: readonly Allocation[]): void {
    const { input, job, collected } = this.#from;
    const sets = sortByTaint(allocs, input.tainted, input.nowNs);
    this.#untainted = sets.untainted;
    this.#migrate = sets.migrate;
    this.#lost = sets.lost;
    this.#disconnecting = sets.disconnecting;
    this.#absent = sets.ignore.filter((a) => a.ClientStatus === clientStatus.unknown && !rulesOf(a).replace);
    this.#counts.ignore += sets.ignore.length;
    if (sets.reconnecting.length === 0) return;
    const outcome = reconnect({ returning: sets.reconnecting, all: allocs, job, nowNs: input.nowNs });
    for (const stop of outcome.stop) collected.stop(stop);
    for (const alloc of outcome.kept) collected.note(alloc);
    const stopped = outcome.stop.map((stop) => stop.alloc);
    this.#counts.stop += stopped.length;
    this.#untainted = [...without(this.#untainted, stopped), ...without(sets.reconnecting, stopped)];
    this.#migrate = without(this.#migrate, stopped);
    this.#lost = without(this.#lost, stopped);
  }

  /** Takes failed allocations that will be replaced, and ended ones that count no more, out of `untainted`. */
  #sortByFailure(): void {
    const { input, collected } = this.#from;
    const context = {
      nowNs: input.nowNs,
      evalId: input.evaluation.ID,
      activeDeploymentId: collected.progress.activeId,
    };
    const kept: Allocation[] = [];
    for (const alloc of this.#untainted) {
      const failed = alloc.ClientStatus === clientStatus.failed;
      if (failed && alloc.NextAllocation !== '') continue;
      const standing = standingOf(alloc, this.#isBatch);
      if (standing === 'gone') continue;
      const verdict = standing === 'failed' ? rescheduleVerdict(alloc, context) : undefined;
      if (verdict?.when === 'now') {
        this.#rescheduleNow.push(alloc);
        continue;
      }
      kept.push(alloc);
      if (verdict?.when === 'later') this.#rescheduleLater.push({ alloc, atNs: verdict.atNs });
    }
    this.#untainted = kept;
  }

  /** Failed ones that stay for now: an evaluation will look at them when their delay is over. */
  #noteFailed(replaced: readonly Allocation[]): void {
    const gone = new Set(replaced.map((alloc) => alloc.ID));
    this.#rescheduleLater = this.#rescheduleLater.filter(({ alloc }) => !gone.has(alloc.ID));
    const { collected } = this.#from;
    const ids = collected.followUps(this.#rescheduleLater, delayedRescheduling);
    for (const { alloc } of this.#rescheduleLater)
      collected.note({ ...alloc, FollowupEvalID: ids.get(alloc.ID) ?? '' });
  }

  /** Clients that went out of reach: their allocations are unknown until they come back or time is up. */
  #noteDisconnected(): void {
    if (this.#disconnecting.length === 0) return;
    const { collected, group, input } = this.#from;
    const { lostAfterNs, replace } = disconnectRules(group);
    const limited = lostAfterNs !== undefined && Number.isFinite(lostAfterNs);
    const ids = limited
      ? collected.followUps(
          this.#disconnecting.map((alloc) => ({ alloc, atNs: input.nowNs + lostAfterNs })),
          {
            trigger: trigger.disconnectTimeout,
            description: 'created for the timeout of a disconnected client',
          },
        )
      : new Map<string, string>();
    for (const alloc of this.#disconnecting) {
      const unknown = withClientStatus(alloc, clientStatus.unknown, input.nowNs);
      collected.note({
        ...unknown,
        ClientDescription: stopReason.unknown,
        FollowupEvalID: ids.get(alloc.ID) ?? '',
      });
      if (!replace) this.#absent.push(alloc);
    }
  }

  /** A group with stop_after_client_disconnect: the client stops it by itself, the replacement waits for that. */
  #delayLost(): void {
    const { collected, input } = this.#from;
    const later = this.#lost.flatMap((alloc): Delayed[] => {
      const atNs = stopsOnClientAtNs(alloc, input.nowNs);
      return atNs !== undefined && atNs > input.nowNs ? [{ alloc, atNs }] : [];
    });
    if (later.length === 0) return;
    const ids = collected.followUps(later, delayedRescheduling);
    this.#lostLater = later;
    this.#lost = without(
      this.#lost,
      later.map((item) => item.alloc),
    );
    for (const { alloc } of later) {
      const followupEvalId = ids.get(alloc.ID) ?? '';
      const stop = { alloc, description: stopReason.lost, clientStatus: clientStatus.lost };
      collected.stop({ ...stop, followupEvalId });
      this.#counts.stop++;
    }
  }

  #stopLost(): void {
    for (const alloc of this.#lost) {
      const stop = { alloc, description: stopReason.lost, clientStatus: clientStatus.lost };
      this.#from.collected.stop(stop);
      this.#counts.stop++;
    }
  }

  #stopExcess(names: AllocNames): void {
    const { group, collected, job } = this.#from;
    const stopped = stopExcess({
      count: group.Count - this.#absent.length,
      jobId: job.ID,
      group: group.Name,
      untainted: this.#isCanarying() ? without(this.#untainted, this.#canaries) : this.#untainted,
      migrate: this.#migrate,
      canaries: this.#isCanarying() ? [] : this.#canaries,
      names,
    });
    for (const alloc of stopped) collected.stop({ alloc, description: stopReason.notNeeded });
    this.#counts.stop += stopped.length;
    this.#untainted = without(this.#untainted, stopped);
    this.#migrate = without(this.#migrate, stopped);
  }

  /** Number updated in place; the rest is ignored or destructive. */
  #sortByUpdate(): number {
    const { input, job, group, collected } = this.#from;
    let updated = 0;
    for (const alloc of this.#untainted) {
      const verdict = input.updateVerdict(alloc, job, group);
      if (verdict.kind === 'ignore') this.#counts.ignore++;
      else if (verdict.kind === 'destructive') this.#destructive.push(alloc);
      else {
        collected.update(verdict.alloc);
        updated++;
      }
    }
    this.#counts.inplace += updated;
    this.#destructive.sort(byIndex);
    if (!this.#hasState) this.#wantTotal(this.#destructive.length + updated);
    return updated;
  }

  #wantTotal(more: number): void {
    this.#state = { ...this.#state, DesiredTotal: this.#state.DesiredTotal + more };
  }

  #isCanarying(): boolean {
    return this.#state.DesiredCanaries !== 0 && !this.#state.Promoted;
  }

  /** True when canaries are still missing. */
  #placeCanaries(names: AllocNames): boolean {
    const { group, collected } = this.#from;
    const wanted = hasUpdateStrategy(group) ? (group.Update?.Canary ?? 0) : 0;
    const missing = wanted - this.#canaries.length;
    // without updates left, only canaries that were lost are placed again
    if (this.#destructive.length === 0 && !this.#isCanarying()) return false;
    if (missing <= 0 || this.#state.Promoted) return false;
    this.#state = { ...this.#state, DesiredCanaries: wanted };
    if (collected.progress.paused || collected.progress.failed) return true;
    this.#counts.canary += missing;
    const replaced = [...this.#destructive, ...this.#rescheduleNow, ...this.#lost];
    const options = { existing: this.#canaries, replaced };
    for (const name of names.nextCanaries(missing, options)) collected.place({ name, group, canary: true });
    return true;
  }

  /** Replacements, missing ones and destructive updates, as far as the deployment allows. Number of placements. */
  #placeMissing(names: AllocNames, wantsCanaries: boolean): number {
    const { collected } = this.#from;
    const { progress } = collected;
    const wanted = this.#missing(names);
    if (!this.#hasState) this.#wantTotal(wanted.length);
    const limit = updateLimit({
      group: this.#from.group,
      progress,
      running: this.#untainted,
      changing: this.#destructive.length + this.#migrate.length,
      isCanarying: this.#isCanarying(),
    });
    const ready = !progress.paused && !progress.failed && !this.#isCanarying();
    const placing = ready ? wanted : wanted.filter((placement) => this.#isReplacement(placement));
    for (const placement of placing) {
      collected.place(placement);
      this.#counts.place++;
      if (placement.stopPrevious !== undefined) this.#counts.stop++;
    }
    const updates = ready && !wantsCanaries ? Math.max(0, limit - placing.length) : 0;
    const replaced = this.#destructive.slice(0, updates);
    this.#replaceUpdated(replaced);
    this.#noteFailed(replaced);
    return wanted.length;
  }

  /** What may be placed while the deployment stands still: replacements of what was running before. */
  #isReplacement(placement: Placement): boolean {
    const { progress } = this.#from.collected;
    if (!placement.previous) return false;
    if (!placement.reschedule) return true;
    return !(progress.failed && placement.previous.DeploymentID === progress.current?.ID);
  }

  #missing(names: AllocNames): Placement[] {
    const { group } = this.#from;
    const wanted: Placement[] = [];
    for (const alloc of this.#stillWanted())
      wanted.push(this.#replacement(alloc, { reschedule: true, stopPrevious: stopReason.rescheduled }));
    if (disconnectRules(group).replace)
      for (const alloc of this.#disconnecting) wanted.push(this.#replacement(alloc, { reschedule: true }));
    const waiting = this.#untainted.length + this.#migrate.length + this.#absent.length;
    const onClients = stillOnClient(this.#from.allocs, this.#from.input.nowNs).length;
    let existing = waiting + wanted.length + this.#lostLater.length + onClients;
    for (const alloc of this.#lost) {
      if (existing >= group.Count) break;
      existing++;
      wanted.push(this.#replacement(alloc, {}));
    }
    if (existing >= group.Count) return wanted;
    const job = this.#versionBefore(undefined);
    for (const name of names.next(group.Count - existing))
      wanted.push({ name, group: this.#groupOf(job), ...(job ? { job } : {}) });
    return wanted;
  }

  /** Failed ones that are replaced now, as far as the count has room; the job needs the others no more. */
  #stillWanted(): Allocation[] {
    const { group, collected } = this.#from;
    let room = group.Count - this.#untainted.length - this.#migrate.length - this.#absent.length;
    return this.#rescheduleNow.filter((alloc) => {
      if (alloc.DeploymentStatus?.Canary || room-- > 0) return true;
      collected.stop({ alloc, description: stopReason.notNeeded });
      this.#counts.stop++;
      return false;
    });
  }

  #replacement(alloc: Allocation, extra: Pick<Placement, 'reschedule' | 'stopPrevious'>): Placement {
    const canary = alloc.DeploymentStatus?.Canary ?? false;
    const job = canary ? undefined : this.#versionBefore(alloc);
    return {
      name: alloc.Name,
      group: this.#groupOf(job),
      previous: alloc,
      ...extra,
      ...(canary && this.#isCanarying() ? { canary: true } : {}),
      ...(job ? { job } : {}),
    };
  }

  /** While canaries are not promoted, everything else stays at the version that ran before. */
  #versionBefore(alloc: Allocation | undefined): Job | undefined {
    if (!this.#isCanarying()) return undefined;
    const { job } = this.#from;
    const older = (candidate: Allocation): boolean =>
      candidate.Job !== null && candidate.Job.Version !== job.Version;
    if (alloc) return older(alloc) ? (alloc.Job ?? undefined) : undefined;
    const others = this.#untainted.filter(older).map((item) => item.Job as Job);
    return others.sort((a, b) => b.Version - a.Version)[0];
  }

  #groupOf(job: Job | undefined): TaskGroup {
    const { group } = this.#from;
    return job?.TaskGroups?.find((item) => item.Name === group.Name) ?? group;
  }

  #replaceUpdated(now: readonly Allocation[]): void {
    const { collected, group } = this.#from;
    for (const alloc of now) {
      collected.place({ name: alloc.Name, group, previous: alloc, stopPrevious: stopReason.updating });
    }
    this.#counts.destructive += now.length;
    this.#counts.ignore += this.#destructive.length - now.length;
  }

  #migrateAll(): void {
    const { collected } = this.#from;
    for (const alloc of this.#migrate.sort(byIndex)) {
      collected.stop({ alloc, description: stopReason.migrating });
      collected.place(this.#replacement(alloc, {}));
      this.#counts.migrate++;
    }
  }

  /** A job version that changes something comes under a deployment when the group asks for one. */
  #deploy(all: readonly Allocation[], updated: number): void {
    const { collected, group, job, input } = this.#from;
    if (this.#isBatch || this.#hasState || !hasUpdateStrategy(group) || this.#state.DesiredTotal === 0)
      return;
    const changes = this.#destructive.length + updated > 0;
    const ranBefore = all.some(
      (alloc) => alloc.Job?.Version === job.Version && alloc.Job.CreateIndex === job.CreateIndex,
    );
    if (ranBefore && !changes) return;
    collected.progress.attach({
      job,
      group: group.Name,
      state: this.#state,
      priority: input.evaluation.Priority,
      id: input.newId(),
    });
  }

  #isHealthy(): boolean {
    const state = this.#from.collected.progress.stateOf(this.#from.group.Name);
    if (!state) return true;
    if (state.HealthyAllocs < Math.max(state.DesiredTotal, state.DesiredCanaries)) return false;
    return state.DesiredCanaries === 0 || state.Promoted;
  }
}

function without(from: readonly Allocation[], remove: readonly Allocation[]): Allocation[] {
  if (remove.length === 0) return [...from];
  const ids = new Set(remove.map((alloc) => alloc.ID));
  return from.filter((alloc) => !ids.has(alloc.ID));
}

function byIndex(a: Allocation, b: Allocation): number {
  const index = (alloc: Allocation): number => Number(/\[(\d+)\]$/.exec(alloc.Name)?.[1] ?? -1);
  return index(a) - index(b) || (a.ID < b.ID ? -1 : 1);
}
