// SPDX-License-Identifier: MPL-2.0
// distinct_hosts and distinct_property: constraints over where the job's other allocations are.

import type { Constraint, Job, TaskGroup } from '@serai/api';
import { type TargetContext, type TargetReader, targetReader } from './target.ts';

/** `value = "false"` switches the constraint off. */
function isOn(value: string): boolean {
  return !/^(false|f|0)$/i.test(value.trim());
}

/** Whose allocations may not share a node: `job` all of the job, `group` those of the group. */
export type DistinctHosts = 'job' | 'group' | undefined;

export function distinctHostsOf(job: Job, group: TaskGroup): DistinctHosts {
  const asks = (constraints: readonly Constraint[] | null): boolean =>
    (constraints ?? []).some((c) => c.Operand === 'distinct_hosts' && isOn(c.RTarget));
  if (asks(job.Constraints)) return 'job';
  return asks(group.Constraints) ? 'group' : undefined;
}

export interface DistinctProperty {
  /** as in the jobspec: `${meta.rack}` */
  readonly attribute: string;
  readonly read: TargetReader;
  /** allocations allowed per value */
  readonly allowed: number;
  readonly scope: 'job' | 'group';
  readonly unique: boolean;
}

export function distinctPropertiesOf(job: Job, group: TaskGroup, context: TargetContext): DistinctProperty[] {
  const found: DistinctProperty[] = [];
  const add = (constraints: readonly Constraint[] | null, scope: 'job' | 'group'): void => {
    for (const constraint of constraints ?? []) {
      if (constraint.Operand !== 'distinct_property') continue;
      found.push({
        attribute: constraint.LTarget,
        read: targetReader(constraint.LTarget, context),
        allowed: allowedCount(constraint.RTarget),
        scope,
        unique: constraint.LTarget.includes('unique.'),
      });
    }
  };
  add(job.Constraints, 'job');
  add(group.Constraints, 'group');
  return found;
}

/** An unreadable count allows nothing: rather no placement than too many. */
function allowedCount(text: string): number {
  if (text === '') return 1;
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** The reason for a node that lacks the property. */
export function missingProperty(attribute: string): string {
  return `missing property ${JSON.stringify(attribute)}`;
}
