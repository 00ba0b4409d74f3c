// SPDX-License-Identifier: MPL-2.0
// Soft rules: how much a node is liked, between -1 and 1.

import type { Affinity, Job, Node, TaskGroup } from '@serai/api';
import { isUnique, matcherOf } from '../feasible/constraint.ts';
import type { TargetContext } from '../feasible/target.ts';

export interface AffinityScorer {
  /** Score may differ between nodes of one class. */
  readonly unique: boolean;
  score(node: Node): number;
}

/** All affinities of job, group and tasks; undefined when there are none. */
export function affinityScorer(job: Job, group: TaskGroup): AffinityScorer | undefined {
  const affinities: readonly Affinity[] = [
    ...(job.Affinities ?? []),
    ...(group.Affinities ?? []),
    ...(group.Tasks ?? []).flatMap((task) => task.Affinities ?? []),
  ];
  const sum = affinities.reduce((total, affinity) => total + Math.abs(affinity.Weight), 0);
  if (sum === 0) return undefined;
  const context: TargetContext = { region: job.Region };
  const rules = affinities.map((affinity) => ({
    matches: matcherOf(affinity, context),
    weight: affinity.Weight,
  }));
  return {
    unique: affinities.some(isUnique),
    score: (node) =>
      rules.reduce((total, rule) => (rule.matches(node) ? total + rule.weight : total), 0) / sum,
  };
}
