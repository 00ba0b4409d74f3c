// SPDX-License-Identifier: MPL-2.0
// Which allocation and task a command is about: `<alloc> [task]`, `-task`, or `-job <job>` for any one of it.

import { type Allocation, type AllocListStub, routes } from '@serai/api';
import { systemRandom } from '#base';
import { UsageError } from '../../command.ts';
import type { Api } from '../../connection/api.ts';
import { findAlloc, findJob, jobTarget } from '../../connection/find.ts';
import type { FlagSpecs, Flags } from '../../flags.ts';

export const taskFlag: FlagSpecs = {
  task: { kind: 'text', help: 'The task, when the allocation has several.' },
};
export const jobFlag: FlagSpecs = {
  job: {
    kind: 'bool',
    help: 'The argument is a job: use a random allocation of it, a running one if there is any.',
  },
};

/** The allocation as stored, with its job. */
export async function targetAlloc(api: Api, flags: Flags, given: string): Promise<Allocation> {
  const stub = flags.bool('job') ? await anyAllocOf(api, given) : await findAlloc(api, given);
  return api.client.value(routes.allocations.get, { params: { id: stub.ID } });
}

async function anyAllocOf(api: Api, given: string): Promise<AllocListStub> {
  const job = await findJob(api, given);
  const allocs = (await api.client.value(routes.jobs.allocations, jobTarget(api, job))) ?? [];
  const running = allocs.filter((alloc) => alloc.ClientStatus === 'running');
  const candidates = running.length > 0 ? running : allocs;
  const chosen = candidates[systemRandom.int(candidates.length)];
  if (!chosen) throw new Error(`job ${JSON.stringify(job.ID)} has no allocations`);
  return chosen;
}

/** The named task, or the only one. */
export function targetTask(alloc: Allocation, name: string): string {
  const names = taskNames(alloc);
  if (name !== '') {
    if (names.includes(name)) return name;
    throw new Error(`Could not find task named: ${name}, found:\n${names.map((n) => `  * ${n}`).join('\n')}`);
  }
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new UsageError(
    `Allocation ${JSON.stringify(alloc.ID.slice(0, 8))} is running the following tasks:\n${names.map((n) => `  * ${n}`).join('\n')}\n\nPlease specify the task.`,
  );
}

export function taskNames(alloc: Allocation): string[] {
  const group = alloc.Job?.TaskGroups?.find((g) => g.Name === alloc.TaskGroup);
  return (group?.Tasks ?? []).map((task) => task.Name);
}
