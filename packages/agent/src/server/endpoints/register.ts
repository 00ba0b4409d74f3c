// SPDX-License-Identifier: MPL-2.0
// All endpoints of a server, in one list.

import type { ReplyOf, RequestOf, RpcMethod } from '@serai/api';
import { AppError } from '#base';
import type { Router, RpcContext } from '#rpc';
import type { ServerContext } from '../context.ts';
import { eventEndpoints } from '../events/event-stream.ts';
import { searchEndpoints } from '../search/search-endpoints.ts';
import { allocEndpoints } from './alloc.ts';
import { clientForwardEndpoints, clientForwardStreams } from './client-forward.ts';
import { deploymentReadEndpoints } from './deployment.ts';
import { deploymentWriteEndpoints } from './deployment-writes.ts';
import type { Endpoint, StreamEndpoint } from './endpoint.ts';
import { evalEndpoints } from './eval.ts';
import { jobActionEndpoints } from './job-actions.ts';
import { jobPlanEndpoints } from './job-plan.ts';
import { jobReadEndpoints } from './job-reads.ts';
import { jobWriteEndpoints } from './job-writes.ts';
import { launchEndpoints } from './launch.ts';
import { nodeOperationEndpoints } from './node-operations.ts';
import { nodeReadEndpoints } from './node-reads.ts';
import { nodeRegistrationEndpoints } from './node-registration.ts';
import { nodeReportEndpoints } from './node-reports.ts';
import { operatorEndpoints, snapshotEndpoints } from './operator.ts';
import { scalingEndpoints } from './scaling.ts';
import { namespaceEndpoints, statusEndpoints } from './status.ts';

export function serverEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    ...statusEndpoints(context),
    ...namespaceEndpoints(context),
    ...jobReadEndpoints(context),
    ...jobWriteEndpoints(context),
    ...jobActionEndpoints(context),
    ...jobPlanEndpoints(context),
    ...launchEndpoints(context),
    ...evalEndpoints(context),
    ...allocEndpoints(context),
    ...deploymentReadEndpoints(context),
    ...deploymentWriteEndpoints(context),
    ...nodeReadEndpoints(context),
    ...nodeRegistrationEndpoints(context),
    ...nodeReportEndpoints(context),
    ...nodeOperationEndpoints(context),
    ...operatorEndpoints(context),
    ...searchEndpoints(context),
    ...scalingEndpoints(context),
    ...clientForwardEndpoints(context),
  ];
}

export function serverStreams(context: ServerContext): readonly StreamEndpoint[] {
  return [...snapshotEndpoints(context), ...clientForwardStreams(context), ...eventEndpoints(context)];
}

/** How long a call waits for a leader. Milliseconds. */
const leaderHoldMs = 5_000;
const leaderPollMs = 50;

/** Methods that answer while there is no leader. */
const leaderless = /^(Status|Region)\./;

export function registerEndpoints(router: Router, context: ServerContext): void {
  for (const { method, handler } of serverEndpoints(context)) {
    router.handle(method, async (args, rpc) => {
      const startMs = context.clock.monotonicMs();
      try {
        checkRegion(context, args);
        if (!leaderless.test(method.name) && !mayBeStale(args)) await leaderOf(context, rpc);
        return (await handler(args, rpc)) as ReplyOf<RpcMethod>;
      } finally {
        context.metrics.sample(metricName(method.name), context.clock.monotonicMs() - startMs);
      }
    });
  }
  for (const { method, handler } of serverStreams(context)) {
    router.handleStream(method, async (args, stream, rpc) => {
      checkRegion(context, args);
      await leaderOf(context, rpc);
      await handler(args, stream, rpc);
    });
  }
}

function checkRegion(context: ServerContext, args: unknown): void {
  const { Region: region } = args as Partial<RequestOf<RpcMethod> & { Region: string }>;
  if (region === undefined || region === context.options.region) return;
  if (region === '') throw new AppError('invalid', 'missing region for target RPC', { status: 500 });
  throw new AppError('unavailable', 'No path to region');
}

/** Reads that any server may answer. */
function mayBeStale(args: unknown): boolean {
  return (args as { AllowStale?: boolean }).AllowStale === true;
}

async function leaderOf(context: ServerContext, rpc: RpcContext): Promise<void> {
  if (context.isLeader()) return;
  const deadlineMs = context.clock.monotonicMs() + leaderHoldMs;
  const signal = AbortSignal.any([rpc.signal, context.stopping]);
  while (!context.isLeader()) {
    if (context.clock.monotonicMs() >= deadlineMs || context.stopping.aborted)
      throw new AppError('unavailable', 'No cluster leader');
    await context.clock.sleep(leaderPollMs, signal);
  }
}

/** `Job.GetJobVersions` → `nomad.nomad.job.get_job_versions`; Nomad calls the Node service "client". */
export function metricName(method: string): string {
  const [service = '', name = ''] = method.split('.');
  const snake = (text: string): string => text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return `nomad.nomad.${service === 'Node' ? 'client' : snake(service)}.${snake(name)}`;
}
