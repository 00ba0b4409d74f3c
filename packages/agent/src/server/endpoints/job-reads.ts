// SPDX-License-Identifier: MPL-2.0
// Job.*: reads.

import {
  type Allocation,
  type Job,
  Job_Allocations,
  Job_Deployments,
  Job_Evaluations,
  Job_GetJob,
  Job_GetJobSubmission,
  Job_GetJobVersions,
  Job_LatestDeployment,
  Job_List,
  Job_Summary,
  type JobListStub,
  Job as JobSchema,
} from '@serai/api';
import { diffJobs, jobListStub, namespaceIdToken, paginate } from '#model';
import { jobKey, type StateSnapshot } from '#state';
import type { ServerContext } from '../context.ts';
import { allocListStub } from './alloc-stub.ts';
import { type Endpoint, endpoint, reads } from './endpoint.ts';
import { namespaceOf, query, ReplyCache } from './query.ts';

export function jobReadEndpoints(context: ServerContext): readonly Endpoint[] {
  return [...lists(context), ...single(context), ...children(context)];
}

function lists(context: ServerContext): readonly Endpoint[] {
  const cache = new ReplyCache(['jobs', 'jobSummaries']);
  return [
    endpoint(Job_List, reads('list-jobs', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('jobs', 'jobSummaries');
        const key = JSON.stringify([
          args.Namespace,
          args.Prefix,
          args.Filter,
          args.PerPage,
          args.NextToken,
          args.Reverse,
          args.Fields?.Meta,
        ]);
        const value = cache.get(snapshot, key, () => listJobs(snapshot, args));
        return { index: snapshot.tableIndex('jobs', 'jobSummaries'), value };
      }),
    ),
  ];
}

type ListArgs = Parameters<Parameters<typeof endpoint<typeof Job_List>>[2]>[0];

function listJobs(
  snapshot: StateSnapshot,
  args: ListArgs,
): { Jobs: readonly JobListStub[]; NextToken: string } {
  const namespace = args.Namespace === '*' ? {} : { namespace: namespaceOf(args) };
  const page = paginate<Job>(snapshot.jobs({ ...namespace, prefix: args.Prefix }), {
    perPage: args.PerPage,
    nextToken: args.NextToken,
    filter: args.Filter,
    schema: JobSchema,
    reverse: args.Reverse,
    tokenizer: namespaceIdToken,
  });
  const stubs = page.items.map((job) => {
    const stub = jobListStub(job, snapshot.jobSummary(job.Namespace, job.ID) ?? null);
    return args.Fields?.Meta ? { ...stub, Meta: job.Meta } : stub;
  });
  return { Jobs: stubs, NextToken: page.nextToken };
}

function single(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Job_GetJob, reads('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.row('jobs', jobKey(namespace, args.JobID));
        const job = snapshot.job(namespace, args.JobID) ?? null;
        return { index: job?.ModifyIndex ?? snapshot.tableIndex('jobs'), value: { Job: job } };
      }),
    ),
    endpoint(Job_Summary, reads('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.row('jobSummaries', jobKey(namespace, args.JobID));
        const summary = snapshot.jobSummary(namespace, args.JobID) ?? null;
        return {
          index: summary?.ModifyIndex ?? snapshot.tableIndex('jobSummaries'),
          value: { JobSummary: summary },
        };
      }),
    ),
    endpoint(Job_GetJobVersions, reads('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.row('jobs', jobKey(namespace, args.JobID)).table('jobVersions');
        const versions = snapshot.jobVersions(namespace, args.JobID);
        const diffs = args.Diffs ? versionDiffs(versions) : null;
        // An older version may have become stable, or (the job was purged) none be left.
        const index = Math.max(
          versions[0]?.ModifyIndex ?? snapshot.tableIndex('jobs'),
          snapshot.tableIndex('jobVersions'),
        );
        return { index, value: { Versions: versions.length > 0 ? versions : null, Diffs: diffs } };
      }),
    ),
    endpoint(Job_GetJobSubmission, reads('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('jobSubmissions');
        const submission = snapshot.jobSubmission(namespaceOf(args), args.JobID, args.Version) ?? null;
        return {
          index: submission?.JobModifyIndex ?? snapshot.tableIndex('jobSubmissions'),
          value: { Submission: submission },
        };
      }),
    ),
  ];
}

/** Each version against the one before it. */
function versionDiffs(versions: readonly Job[]): ReturnType<typeof diffJobs>[] {
  const diffs: ReturnType<typeof diffJobs>[] = [];
  for (const [i, job] of versions.entries()) {
    const older = versions[i + 1];
    if (older) diffs.push(diffJobs(older, job, true));
  }
  return diffs;
}

function children(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Job_Allocations, reads('read-job', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.index('allocs', 'job', jobKey(namespace, args.JobID));
        const job = snapshot.job(namespace, args.JobID);
        const ofThisJob = (alloc: Allocation): boolean =>
          args.All || !job || alloc.Job?.CreateIndex === job.CreateIndex;
        const allocs = snapshot.allocsByJob(namespace, args.JobID).filter(ofThisJob);
        return {
          index: snapshot.tableIndex('allocs'),
          value: { Allocations: allocs.map((a) => allocListStub(a)) },
        };
      }),
    ),
    endpoint(Job_Evaluations, reads('read-job', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.index('evals', 'job', jobKey(namespace, args.JobID));
        const evals = snapshot
          .evalsByJob(namespace, args.JobID)
          .toSorted((a, b) => b.CreateIndex - a.CreateIndex || (a.ID < b.ID ? -1 : 1));
        return { index: snapshot.tableIndex('evals'), value: { Evaluations: evals } };
      }),
    ),
    endpoint(Job_Deployments, reads('read-job', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.index('deployments', 'job', jobKey(namespace, args.JobID));
        const job = snapshot.job(namespace, args.JobID);
        const deployments = snapshot
          .deploymentsByJob(namespace, args.JobID)
          .filter((d) => args.All || !job || d.JobCreateIndex === job.CreateIndex)
          .toSorted((a, b) => b.CreateIndex - a.CreateIndex);
        return { index: snapshot.tableIndex('deployments'), value: { Deployments: deployments } };
      }),
    ),
    endpoint(Job_LatestDeployment, reads('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        const namespace = namespaceOf(args);
        watch.index('deployments', 'job', jobKey(namespace, args.JobID));
        const latest = snapshot.latestDeployment(namespace, args.JobID) ?? null;
        return {
          index: latest?.ModifyIndex ?? snapshot.tableIndex('deployments'),
          value: { Deployment: latest },
        };
      }),
    ),
  ];
}
