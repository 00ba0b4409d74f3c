// SPDX-License-Identifier: MPL-2.0
// One constraint as a check over a node.

import type { Affinity, Constraint, Node } from '@serai/api';
import { isUniqueTarget } from '#model';
import { comparisonOf, isDistinctOperator } from './operators.ts';
import { type TargetContext, targetReader } from './target.ts';

/** What a node must be like for a group. Returns the reason for which the node is refused. */
export interface NodeCheck {
  /** The answer may differ between nodes of one class. */
  readonly unique: boolean;
  refuse(node: Node): string | undefined;
}

/** As Nomad writes it in ConstraintFiltered: `${attr.kernel.name} = linux`. */
export function constraintText(constraint: Constraint): string {
  return `${constraint.LTarget} ${constraint.Operand} ${constraint.RTarget}`;
}

/** Checks of all constraints that look at one node; distinct_* are counted elsewhere. */
export function constraintChecks(
  constraints: readonly Constraint[],
  context: TargetContext,
): readonly NodeCheck[] {
  return constraints.filter((c) => !isDistinctOperator(c.Operand)).map((c) => constraintCheck(c, context));
}

function constraintCheck(constraint: Constraint, context: TargetContext): NodeCheck {
  const matches = matcherOf(constraint, context);
  const reason = constraintText(constraint);
  return {
    unique: isUnique(constraint),
    refuse: (node) => (matches(node) ? undefined : reason),
  };
}

/** True when the node meets the constraint or affinity. */
export function matcherOf(
  rule: Pick<Constraint | Affinity, 'LTarget' | 'RTarget' | 'Operand'>,
  context: TargetContext,
): (node: Node) => boolean {
  const compare = comparisonOf(rule.Operand);
  if (!compare) return () => false;
  const left = targetReader(rule.LTarget, context);
  const right = targetReader(rule.RTarget, context);
  return (node) => compare(left(node), right(node));
}

export function isUnique(rule: Pick<Constraint, 'LTarget' | 'RTarget'>): boolean {
  return isUniqueTarget(rule.LTarget) || isUniqueTarget(rule.RTarget);
}
