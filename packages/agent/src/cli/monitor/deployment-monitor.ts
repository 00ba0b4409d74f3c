// SPDX-License-Identifier: MPL-2.0
// Follows a deployment to its end, or to where only a person can go on.

import { type Deployment, routes } from '@serai/api';
import type { CommandContext } from '../command.ts';
import type { Api } from '../connection/api.ts';
import { shortId } from '../output/format.ts';
import { Timeline } from './timeline.ts';

export class DeploymentMonitor {
  readonly #api: Api;
  readonly #context: CommandContext;
  readonly #verbose: boolean;
  readonly #timeline: Timeline;

  constructor(api: Api, context: CommandContext, options: { readonly verbose: boolean }) {
    this.#api = api;
    this.#context = context;
    this.#verbose = options.verbose;
    this.#timeline = new Timeline(context);
  }

  /** Resolves with true when it was successful, or waits for a promotion. */
  async follow(deploymentId: string): Promise<boolean> {
    const id = JSON.stringify(shortId(deploymentId, this.#verbose));
    this.#timeline.headline(`Monitoring deployment ${id}`);
    let shown: readonly string[] = [];
    for (;;) {
      const deployment = await this.#api.client.value(routes.deployments.get, {
        params: { id: deploymentId },
        signal: this.#context.signal,
      });
      const lines = progress(deployment);
      for (const line of lines) if (!shown.includes(line)) this.#timeline.line(line);
      shown = lines;
      if (isOver(deployment)) {
        this.#timeline.headline(`Deployment ${id} ${deployment.Status}`);
        if (deployment.Status === 'successful') return true;
        this.#timeline.line(deployment.StatusDescription);
        return false;
      }
      if (waitsForPromotion(deployment)) {
        this.#timeline.line(
          `Deployment ${id} waits for its promotion: "serai deployment promote ${shortId(deploymentId)}" goes on`,
        );
        return true;
      }
      await this.#timeline.pause();
    }
  }
}

function isOver({ Status }: Deployment): boolean {
  return ['successful', 'failed', 'cancelled', 'blocked'].includes(Status);
}

/** Canaries that only a person may promote, and all are healthy: nothing more happens by itself. */
function waitsForPromotion({ TaskGroups }: Deployment): boolean {
  const open = Object.values(TaskGroups ?? {}).filter((g) => g.DesiredCanaries > 0 && !g.Promoted);
  return open.length > 0 && open.every((g) => !g.AutoPromote && g.HealthyAllocs >= g.DesiredCanaries);
}

function progress({ TaskGroups }: Deployment): readonly string[] {
  return Object.entries(TaskGroups ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, g]) =>
        `Group ${JSON.stringify(name)}: ${g.PlacedAllocs}/${g.DesiredTotal} placed, ${g.HealthyAllocs} healthy, ${g.UnhealthyAllocs} unhealthy`,
    );
}
