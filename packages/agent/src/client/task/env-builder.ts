// SPDX-License-Identifier: MPL-2.0
// The complete environment of a task, and what `${...}` means to it. Pure: the agent's own environment never gets in.

import type { Allocation, Job, Node, Task, TaskGroup } from '@serai/api';
import { allocIndex } from '#model';
import { indexedName, interpolate, interpolateValue, type Lookup } from './interpolate.ts';
import { envName, portEnv } from './port-env.ts';

/** Directories as the task sees them. */
export interface VisiblePaths {
  readonly allocDir: string;
  readonly taskDir: string;
  readonly secretsDir: string;
}

export interface TaskEnvInput {
  readonly region: string;
  readonly node: Node;
  readonly alloc: Allocation;
  readonly job: Job;
  readonly group: TaskGroup;
  readonly task: Task;
  readonly paths: VisiblePaths;
  /** what hooks add: tokens, variables of templates. Wins over the task's own env block. */
  readonly hookEnv?: Readonly<Record<string, string>>;
}

export interface TaskEnv {
  readonly env: Readonly<Record<string, string>>;
  /** `${...}` in a text or in all texts of a value */
  replace<T>(value: T): T;
}

/** So that commands are found; a task's own `PATH` replaces it. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function buildTaskEnv(input: TaskEnvInput): TaskEnv {
  const known: Record<string, string> = {
    PATH: defaultPath,
    ...identityEnv(input),
    ...resourceEnv(input),
    ...portEnv(input.alloc, input.task.Name),
  };
  const node = nodeLookup(input);
  // values of meta may refer to the node and to what is known so far
  const early: Lookup = (name) => node(name) ?? own(known, name);
  const env: Record<string, string> = { ...known, ...metaEnv(input, early) };
  const withMeta: Lookup = (name) => node(name) ?? own(env, name) ?? envIndex(env, name);
  const given = Object.entries(input.task.Env ?? {});
  const replaced = given.map(([key, value]) => [
    envName(interpolate(key, withMeta)),
    interpolate(value, withMeta),
  ]);
  Object.assign(env, Object.fromEntries(replaced), input.hookEnv);
  const lookup: Lookup = (name) => node(name) ?? own(env, name) ?? envIndex(env, name);
  return { env, replace: (value) => interpolateValue(value, lookup) };
}

function identityEnv({ region, node, alloc, job, group, task, paths }: TaskEnvInput): Record<string, string> {
  const env: Record<string, string> = {
    NOMAD_ALLOC_DIR: paths.allocDir,
    NOMAD_TASK_DIR: paths.taskDir,
    NOMAD_SECRETS_DIR: paths.secretsDir,
    NOMAD_ALLOC_ID: alloc.ID,
    NOMAD_SHORT_ALLOC_ID: alloc.ID.slice(0, 8),
    NOMAD_ALLOC_NAME: alloc.Name,
    NOMAD_ALLOC_INDEX: String(Math.max(0, allocIndex(alloc.Name))),
    NOMAD_TASK_NAME: task.Name,
    NOMAD_GROUP_NAME: group.Name,
    NOMAD_JOB_ID: job.ID,
    NOMAD_JOB_NAME: job.Name,
    NOMAD_NAMESPACE: alloc.Namespace,
    NOMAD_DC: node.Datacenter,
    NOMAD_REGION: job.Region !== '' && job.Region !== 'global' ? job.Region : region,
  };
  if (job.ParentID !== '') env['NOMAD_JOB_PARENT_ID'] = job.ParentID;
  if (node.CgroupParent !== '') env['NOMAD_PARENT_CGROUP'] = node.CgroupParent;
  return env;
}

function resourceEnv({ alloc, task }: TaskEnvInput): Record<string, string> {
  const resources = alloc.AllocatedResources?.Tasks?.[task.Name];
  const env: Record<string, string> = {};
  if (!resources) return env;
  env['NOMAD_CPU_LIMIT'] = String(resources.Cpu.CpuShares);
  env['NOMAD_MEMORY_LIMIT'] = String(resources.Memory.MemoryMB);
  if (resources.Memory.MemoryMaxMB > 0) env['NOMAD_MEMORY_MAX_LIMIT'] = String(resources.Memory.MemoryMaxMB);
  const cores = resources.Cpu.ReservedCores ?? [];
  if (cores.length > 0) env['NOMAD_CPU_CORES'] = cores.join(',');
  return env;
}

/** The task's meta over the group's over the job's, each key as given and in capitals. */
function metaEnv({ job, group, task }: TaskEnvInput, lookup: Lookup): Record<string, string> {
  const env: Record<string, string> = {};
  const merged = { ...job.Meta, ...group.Meta, ...task.Meta };
  for (const [key, raw] of Object.entries(merged)) {
    const value = interpolate(raw, lookup);
    env[`NOMAD_META_${envName(key)}`] = value;
    env[`NOMAD_META_${envName(key).toUpperCase()}`] = value;
  }
  return env;
}

/** `node.*`, `attr.*` and the node's `meta.*`. */
function nodeLookup({ node, region }: TaskEnvInput): Lookup {
  const fixed: Readonly<Record<string, string>> = {
    'node.unique.id': node.ID,
    'node.unique.name': node.Name,
    'node.datacenter': node.Datacenter,
    'node.region': region,
    'node.class': node.NodeClass,
    'node.pool': node.NodePool,
  };
  return (name) => {
    const indexed = indexedName(name);
    if (indexed?.base === 'attr') return own(node.Attributes, indexed.key);
    if (indexed?.base === 'meta') return own(node.Meta, indexed.key);
    if (name.startsWith('attr.')) return own(node.Attributes, name.slice(5));
    if (name.startsWith('meta.')) return own(node.Meta, name.slice(5));
    return own(fixed, name);
  };
}

function envIndex(env: Readonly<Record<string, string>>, name: string): string | undefined {
  const indexed = indexedName(name);
  return indexed?.base === 'env' ? (own(env, indexed.key) ?? own(env, envName(indexed.key))) : undefined;
}

function own(record: Readonly<Record<string, string>> | null, name: string): string | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}
