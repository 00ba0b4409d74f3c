// SPDX-License-Identifier: MPL-2.0
// Follows an evaluation until its scheduling is done, and the deployment it started until that ends; prints what changes.

import { type AllocListStub, type Deployment, type Evaluation, routes } from '@serai/api';
import { type Clock, systemClock } from '#base';
import { type Api, orMissing } from '../connection/api.ts';
import type { CommandContext } from '../command.ts';
import { formatTime, shortId } from '../output/format.ts';
import { paint, type Ui } from '../output/ui.ts';
import { placementFailures } from './placement-failures.ts';

/** Exit codes of commands that follow an evaluation. */
export const monitorExit = { ok: 0, error: 1, placementFailure: 2 } as const;

/** Milliseconds between two looks. The API has no blocking query for evaluations and their allocations together. */
const pollMs = 100;
const slowPollMs = 500;
/** After this time the pauses get longer. */
const slowAfterMs = 5_000;

export interface MonitorOptions {
  readonly verbose: boolean;
  /** the evaluation may not be there yet: wait for it */
  readonly allowMissing?: boolean;
}

interface State {
  status: string;
  job: string;
  nodeId: string;
  wait: boolean;
  allocs: Map<string, AllocListStub>;
}

export class EvaluationMonitor {
  readonly #api: Api;
  readonly #ui: Ui;
  readonly #signal: AbortSignal;
  readonly #options: MonitorOptions;
  readonly #clock: Clock;
  readonly #startMs: number;
  #state: State = { status: '', job: '', nodeId: '', wait: false, allocs: new Map() };

  constructor(api: Api, context: CommandContext, options: MonitorOptions) {
    this.#api = api;
    this.#ui = context.ui;
    this.#signal = context.signal;
    this.#options = options;
    this.#clock = systemClock;
    this.#startMs = this.#clock.monotonicMs();
  }

  /** Resolves with the exit code. */
  async follow(evalId: string): Promise<number> {
    const { verbose } = this.#options;
    this.#headline(`Monitoring evaluation ${JSON.stringify(shortId(evalId, verbose))}`);
    let evaluation: Evaluation | undefined;
    let sawFailures = false;
    for (;;) {
      evaluation = await this.#look(evalId);
      if (evaluation && isOver(evaluation)) break;
      await this.#pause();
    }
    this.#headline(
      `Evaluation ${JSON.stringify(shortId(evalId, verbose))} finished with status ${JSON.stringify(evaluation.Status)}`,
    );
    if (evaluation.Status === 'failed' || evaluation.Status === 'canceled') {
      if (evaluation.StatusDescription !== '') this.#line(evaluation.StatusDescription);
    }
    if (Object.keys(evaluation.FailedTGAllocs ?? {}).length > 0) {
      sawFailures = true;
      this.#showFailures(evaluation);
    }
    const next = await this.#afterwards(evaluation);
    if (next !== undefined) return next;
    return sawFailures ? monitorExit.placementFailure : monitorExit.ok;
  }

  /** A rolling wait leads to the next evaluation, a deployment is followed to its end. */
  async #afterwards(evaluation: Evaluation): Promise<number | undefined> {
    if (evaluation.NextEval !== '' && evaluation.Wait !== 0) {
      this.#headline(`Monitoring next evaluation ${JSON.stringify(shortId(evaluation.NextEval))}`);
      return this.follow(evaluation.NextEval);
    }
    if (evaluation.Status !== 'complete' || evaluation.DeploymentID === '') return undefined;
    const status = await this.#followDeployment(evaluation.DeploymentID);
    return status === 'successful' ? monitorExit.ok : monitorExit.error;
  }

  async #look(evalId: string): Promise<Evaluation | undefined> {
    const { client } = this.#api;
    const answer = client.value(routes.evaluations.get, { params: { id: evalId }, signal: this.#signal });
    const evaluation = this.#options.allowMissing ? await orMissing(answer) : await answer;
    if (!evaluation) return undefined;
    const allocs = await client.value(routes.evaluations.allocations, {
      params: { id: evalId },
      signal: this.#signal,
    });
    this.#show(evaluation, allocs ?? []);
    return evaluation;
  }

  #show(evaluation: Evaluation, allocs: readonly AllocListStub[]): void {
    const state = this.#state;
    if (state.job === '' && evaluation.JobID !== '')
      this.#line(`Evaluation triggered by job ${quote(evaluation.JobID)}`);
    if (state.nodeId === '' && evaluation.NodeID !== '') {
      this.#line(`Evaluation triggered by node ${quote(shortId(evaluation.NodeID, this.#options.verbose))}`);
    }
    for (const alloc of allocs) this.#showAlloc(alloc, state.allocs.get(alloc.ID));
    if (state.status !== '' && state.status !== evaluation.Status) {
      this.#line(`Evaluation status changed: ${quote(state.status)} -> ${quote(evaluation.Status)}`);
    }
    this.#state = {
      status: evaluation.Status,
      job: evaluation.JobID,
      nodeId: evaluation.NodeID,
      wait: evaluation.Wait !== 0,
      allocs: new Map(allocs.map((alloc) => [alloc.ID, alloc])),
    };
  }

  #showAlloc(alloc: AllocListStub, before: AllocListStub | undefined): void {
    const { verbose } = this.#options;
    const id = quote(shortId(alloc.ID, verbose));
    const where = `node ${quote(shortId(alloc.NodeID, verbose))}, group ${quote(alloc.TaskGroup)}`;
    if (!before) {
      if (alloc.DesiredStatus !== 'run') return;
      this.#line(
        `Allocation ${id} ${alloc.CreateIndex < alloc.ModifyIndex && alloc.ClientStatus !== 'pending' ? 'created or modified' : 'created'}: ${where}`,
      );
    } else if (before.ClientStatus !== alloc.ClientStatus) {
      const description = alloc.ClientDescription === '' ? '' : ` (${alloc.ClientDescription})`;
      this.#line(
        `Allocation ${id} status changed: ${quote(before.ClientStatus)} -> ${quote(alloc.ClientStatus)}${description}`,
      );
    }
  }

  #showFailures(evaluation: Evaluation): void {
    for (const [group, metric] of Object.entries(evaluation.FailedTGAllocs ?? {})) {
      const more =
        metric.CoalescedFailures === 0
          ? ''
          : ` (failed to place ${metric.CoalescedFailures + 1} allocations)`;
      this.#line(paint(this.#ui, 'yellow', `Task Group ${quote(group)}${more}:`));
      for (const text of placementFailures(metric)) this.#ui.output(`      ${text}`);
    }
    if (evaluation.BlockedEval !== '') {
      const id = quote(shortId(evaluation.BlockedEval, this.#options.verbose));
      this.#line(`Evaluation ${id} waiting for additional capacity to place remainder`);
    }
  }

  async #followDeployment(deploymentId: string): Promise<string> {
    const { verbose } = this.#options;
    this.#headline(`Monitoring deployment ${quote(shortId(deploymentId, verbose))}`);
    let shown = '';
    for (;;) {
      const deployment = await this.#api.client.value(routes.deployments.get, {
        params: { id: deploymentId },
        signal: this.#signal,
      });
      const now = progress(deployment);
      if (now !== shown) {
        for (const line of now.split('\n')) this.#line(line);
        shown = now;
      }
      if (isOverDeployment(deployment.Status)) {
        this.#headline(`Deployment ${quote(shortId(deploymentId, verbose))} ${deployment.Status}`);
        if (deployment.Status !== 'successful') this.#line(deployment.StatusDescription);
        return deployment.Status;
      }
      // Canaries that wait for a person: nothing more happens by itself.
      if (waitsForPromotion(deployment)) {
        this.#line(
          'Deployment is waiting for manual promotion: "serai deployment promote" or the API goes on',
        );
        return 'successful';
      }
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    const slow = this.#clock.monotonicMs() - this.#startMs > slowAfterMs;
    await this.#clock.sleep(slow ? slowPollMs : pollMs, this.#signal);
  }

  #headline(text: string): void {
    this.#ui.output(`${paint(this.#ui, 'bold', `==> ${formatTime(this.#clock.nowMs())}: ${text}`)}`);
  }
  #line(text: string): void {
    this.#ui.output(`    ${formatTime(this.#clock.nowMs())}: ${text}`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function isOver(evaluation: Evaluation): boolean {
  return ['complete', 'failed', 'canceled'].includes(evaluation.Status);
}

function isOverDeployment(status: string): boolean {
  return ['successful', 'failed', 'cancelled', 'blocked'].includes(status);
}

function waitsForPromotion(deployment: Deployment): boolean {
  const groups = Object.values(deployment.TaskGroups ?? {});
  const open = groups.filter((g) => g.DesiredCanaries > 0 && !g.Promoted);
  return open.length > 0 && open.every((g) => !g.AutoPromote && g.HealthyAllocs >= g.DesiredCanaries);
}

function progress(deployment: Deployment): string {
  return Object.entries(deployment.TaskGroups ?? {})
    .map(
      ([name, g]) =>
        `Group ${quote(name)}: ${g.PlacedAllocs}/${g.DesiredTotal} placed, ${g.HealthyAllocs} healthy, ${g.UnhealthyAllocs} unhealthy`,
    )
    .join('\n');
}
