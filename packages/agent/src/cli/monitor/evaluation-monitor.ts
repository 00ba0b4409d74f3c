// SPDX-License-Identifier: MPL-2.0
// Follows an evaluation until its scheduling is done, and the deployment it started until that ends; prints what changes.

import { type AllocListStub, type Evaluation, routes } from '@serai/api';
import type { CommandContext } from '../command.ts';
import type { Api } from '../connection/api.ts';
import { shortId } from '../output/format.ts';
import { paint, type Ui } from '../output/ui.ts';
import { DeploymentMonitor } from './deployment-monitor.ts';
import { hintIfInterrupted } from './interrupted.ts';
import { failedGroups, hasFailures } from './placement-failures.ts';
import { Timeline } from './timeline.ts';

/** Exit codes of commands that follow an evaluation. */
export const monitorExit = { ok: 0, error: 1, placementFailure: 2 } as const;

export interface MonitorOptions {
  readonly verbose: boolean;
}

interface Seen {
  readonly status: string;
  readonly job: string;
  readonly nodeId: string;
  readonly deploymentId: string;
  readonly allocs: ReadonlyMap<string, AllocListStub>;
}

export class EvaluationMonitor {
  readonly #api: Api;
  readonly #context: CommandContext;
  readonly #ui: Ui;
  readonly #verbose: boolean;
  readonly #timeline: Timeline;
  #seen: Seen = { status: '', job: '', nodeId: '', deploymentId: '', allocs: new Map() };

  constructor(api: Api, context: CommandContext, options: MonitorOptions) {
    this.#api = api;
    this.#context = context;
    this.#ui = context.ui;
    this.#verbose = options.verbose;
    this.#timeline = new Timeline(context);
  }

  /** Resolves with the exit code. Interrupted, it names the way to look again. */
  async follow(evalId: string): Promise<number> {
    const hint = `the evaluation goes on. "serai eval status -monitor ${shortId(evalId)}" follows it again.`;
    return hintIfInterrupted(this.#context, hint, this.#follow(evalId));
  }

  async #follow(evalId: string): Promise<number> {
    const id = quote(this.#id(evalId));
    this.#timeline.headline(`Monitoring evaluation ${id}`);
    let evaluation = await this.#look(evalId);
    while (!isOver(evaluation)) {
      await this.#timeline.pause();
      evaluation = await this.#look(evalId);
    }
    const failed = hasFailures(evaluation);
    this.#timeline.headline(
      `Evaluation ${id} finished with status ${quote(evaluation.Status)}${failed ? ' but failed to place all allocations:' : ''}`,
    );
    if (evaluation.Status !== 'complete' && evaluation.StatusDescription !== '')
      this.#timeline.line(evaluation.StatusDescription);
    if (failed) {
      // Its deployment would be followed until the progress deadline, with nothing new to tell.
      this.#showFailures(evaluation);
      return monitorExit.placementFailure;
    }
    if (evaluation.Status === 'failed') return monitorExit.error;
    return this.#afterwards(evaluation);
  }

  /** A rolling wait leads to the next evaluation, a deployment is followed to its end. */
  async #afterwards(evaluation: Evaluation): Promise<number> {
    if (evaluation.NextEval !== '' && evaluation.Wait !== 0) {
      this.#timeline.headline(`Monitoring next evaluation ${quote(this.#id(evaluation.NextEval))}`);
      return this.#follow(evaluation.NextEval);
    }
    if (evaluation.Status !== 'complete' || evaluation.DeploymentID === '') return monitorExit.ok;
    const monitor = new DeploymentMonitor(this.#api, this.#context, { verbose: this.#verbose });
    return (await monitor.follow(evaluation.DeploymentID)) ? monitorExit.ok : monitorExit.error;
  }

  async #look(evalId: string): Promise<Evaluation> {
    const { client } = this.#api;
    const of = { params: { id: evalId }, signal: this.#context.signal };
    const evaluation = await client.value(routes.evaluations.get, of);
    const allocs = await client.value(routes.evaluations.allocations, of);
    this.#show(evaluation, allocs ?? []);
    return evaluation;
  }

  #show(evaluation: Evaluation, allocs: readonly AllocListStub[]): void {
    const seen = this.#seen;
    if (seen.job === '' && evaluation.JobID !== '')
      this.#timeline.line(`Evaluation triggered by job ${quote(evaluation.JobID)}`);
    if (seen.nodeId === '' && evaluation.NodeID !== '')
      this.#timeline.line(`Evaluation triggered by node ${quote(this.#id(evaluation.NodeID))}`);
    if (seen.deploymentId === '' && evaluation.DeploymentID !== '')
      this.#timeline.line(`Evaluation within deployment: ${quote(this.#id(evaluation.DeploymentID))}`);
    for (const alloc of allocs) this.#showAlloc(alloc, evaluation, seen.allocs.get(alloc.ID));
    if (seen.status !== '' && seen.status !== evaluation.Status)
      this.#timeline.line(`Evaluation status changed: ${quote(seen.status)} -> ${quote(evaluation.Status)}`);
    this.#seen = {
      status: evaluation.Status,
      job: evaluation.JobID,
      nodeId: evaluation.NodeID,
      deploymentId: evaluation.DeploymentID,
      allocs: new Map(allocs.map((alloc) => [alloc.ID, alloc])),
    };
  }

  #showAlloc(alloc: AllocListStub, evaluation: Evaluation, before: AllocListStub | undefined): void {
    const id = quote(this.#id(alloc.ID));
    if (before) {
      if (before.ClientStatus === alloc.ClientStatus) return;
      const description = alloc.ClientDescription === '' ? '' : ` (${alloc.ClientDescription})`;
      this.#timeline.line(
        `Allocation ${id} status changed: ${quote(before.ClientStatus)} -> ${quote(alloc.ClientStatus)}${description}`,
      );
      return;
    }
    if (alloc.DesiredStatus !== 'run') return;
    // An allocation that is older than the evaluation was changed where it is.
    const verb = alloc.CreateIndex < evaluation.CreateIndex ? 'modified' : 'created';
    this.#timeline.line(
      `Allocation ${id} ${verb}: node ${quote(this.#id(alloc.NodeID))}, group ${quote(alloc.TaskGroup)}`,
    );
  }

  #showFailures(evaluation: Evaluation): void {
    for (const { title, reasons } of failedGroups(evaluation.FailedTGAllocs)) {
      this.#timeline.line(paint(this.#ui, 'yellow', title));
      for (const text of reasons) this.#ui.output(`      ${text}`);
    }
    if (evaluation.BlockedEval === '') return;
    const id = quote(this.#id(evaluation.BlockedEval));
    this.#timeline.line(`Evaluation ${id} waiting for additional capacity to place remainder`);
  }

  #id(id: string): string {
    return shortId(id, this.#verbose);
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function isOver(evaluation: Evaluation): boolean {
  return ['complete', 'failed', 'canceled'].includes(evaluation.Status);
}
