// SPDX-License-Identifier: MPL-2.0
// Follows the drain of a node until its allocations have stopped; prints what happens to each of them.

import { type Allocation, routes } from '@serai/api';
import type { CommandContext } from '../command.ts';
import type { Api } from '../connection/api.ts';
import { hintIfInterrupted } from './interrupted.ts';
import { Timeline } from './timeline.ts';

interface Options {
  readonly nodeId: string;
  /** allocations of system jobs stay */
  readonly ignoreSystem: boolean;
}

export class DrainMonitor {
  readonly #api: Api;
  readonly #context: CommandContext;
  readonly #options: Options;
  readonly #timeline: Timeline;
  #seen = new Map<string, Allocation>();

  constructor(api: Api, context: CommandContext, options: Options) {
    this.#api = api;
    this.#context = context;
    this.#options = options;
    this.#timeline = new Timeline(context);
  }

  /** Resolves with the exit code. */
  async follow(): Promise<number> {
    const hint = `the drain goes on. "serai node drain -monitor ${this.#options.nodeId}" follows it again.`;
    return hintIfInterrupted(this.#context, hint, this.#follow());
  }

  async #follow(): Promise<number> {
    const id = JSON.stringify(this.#options.nodeId);
    let draining = true;
    for (;;) {
      const node = await this.#api.client.value(routes.nodes.get, this.#of());
      const left = await this.#look();
      if (draining && node.DrainStrategy === null) {
        draining = false;
        this.#timeline.headline(`Drain complete for node ${id}`);
      }
      if (!draining && left === 0) break;
      await this.#timeline.pause();
    }
    this.#timeline.headline(`All allocations on node ${id} have stopped`);
    return 0;
  }

  #of(): { readonly params: { readonly id: string }; readonly signal: AbortSignal } {
    return { params: { id: this.#options.nodeId }, signal: this.#context.signal };
  }

  /** Number of allocations that have not stopped yet. */
  async #look(): Promise<number> {
    const all = (await this.#api.client.value(routes.nodes.allocations, this.#of())) ?? [];
    const allocs = all.filter((alloc) => !this.#options.ignoreSystem || !isSystem(alloc));
    for (const alloc of allocs) this.#show(alloc, this.#seen.get(alloc.ID));
    this.#seen = new Map(allocs.map((alloc) => [alloc.ID, alloc]));
    return allocs.filter(isLive).length;
  }

  #show(alloc: Allocation, before: Allocation | undefined): void {
    const id = JSON.stringify(alloc.ID);
    if (!before && !isLive(alloc)) return;
    const marked = (one: Allocation | undefined): boolean => one?.DesiredTransition.Migrate === true;
    if (marked(alloc) && !marked(before)) this.#timeline.line(`Alloc ${id} marked for migration`);
    if (alloc.DesiredStatus !== 'run' && (before?.DesiredStatus ?? 'run') === 'run')
      this.#timeline.line(`Alloc ${id} draining`);
    if (before && before.ClientStatus !== alloc.ClientStatus)
      this.#timeline.line(`Alloc ${id} status ${before.ClientStatus} -> ${alloc.ClientStatus}`);
  }
}

function isSystem(alloc: Allocation): boolean {
  return alloc.Job?.Type === 'system' || alloc.Job?.Type === 'sysbatch';
}

function isLive(alloc: Allocation): boolean {
  return alloc.ClientStatus === 'pending' || alloc.ClientStatus === 'running';
}
