// SPDX-License-Identifier: MPL-2.0
// locals { name = expression }: values that may refer to each other in any order.

import { Attribute } from '../body/attribute.ts';
import type { Block } from '../body/body.ts';
import type { Scope } from '../eval/scope.ts';
import { referencesOf } from '../syntax/references.ts';
import { emptyObject, type HclObject } from '../value/value.ts';

/** Evaluates all locals; `scope` has everything but `local`. */
export function evaluateLocals(blocks: readonly Block[], scope: Scope): HclObject {
  const attributes = collect(blocks);
  const values = emptyObject();
  const inner = scope.child({ local: values });
  const failed = new Set<string>();
  for (const name of evaluationOrder(attributes, failed)) {
    const attribute = attributes.get(name);
    if (!attribute) continue;
    // What a failed one leads to would be reported as missing; the first report says enough.
    const broken = dependenciesOf(attribute).some((each) => failed.has(each));
    const value = broken ? undefined : new Attribute(attribute, inner).evaluate();
    if (value === undefined) failed.add(name);
    else values[name] = value;
  }
  return values;
}

function collect(blocks: readonly Block[]): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  for (const block of blocks) {
    for (const [name, attribute] of block.body.justAttributes()) {
      const before = attributes.get(name);
      if (before) {
        block.body.scope.diagnostics.error(
          'Duplicate value in local',
          `Duplicate ${name} definition found. It was already defined at ${before.nameRange}.`,
          attribute.nameRange,
        );
      } else attributes.set(name, attribute);
    }
  }
  return attributes;
}

function dependenciesOf(attribute: Attribute): string[] {
  return referencesOf(attribute.expression).flatMap((each) => {
    const first = each.root === 'local' ? each.steps[0] : undefined;
    return first ? [String(first.key)] : [];
  });
}

/** Dependencies first. Circles are reported and their members put into `failed`. No recursion: chains may be long. */
function evaluationOrder(attributes: ReadonlyMap<string, Attribute>, failed: Set<string>): string[] {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const start of attributes.keys()) {
    const stack = [{ name: start, next: 0, needs: needsOf(start, attributes) }];
    if (!state.has(start)) state.set(start, 'open');
    else continue;
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const need = top.needs[top.next++];
      if (need === undefined) {
        state.set(top.name, 'done');
        order.push(top.name);
        stack.pop();
      } else if (!state.has(need)) {
        state.set(need, 'open');
        stack.push({ name: need, next: 0, needs: needsOf(need, attributes) });
      } else if (state.get(need) === 'open') {
        const circle = stack.slice(stack.findIndex((each) => each.name === need)).map((each) => each.name);
        reportCircle(circle, attributes, failed);
      }
    }
  }
  return order;
}

function needsOf(name: string, attributes: ReadonlyMap<string, Attribute>): string[] {
  const attribute = attributes.get(name);
  return attribute ? dependenciesOf(attribute).filter((each) => attributes.has(each)) : [];
}

function reportCircle(
  circle: readonly string[],
  attributes: ReadonlyMap<string, Attribute>,
  failed: Set<string>,
): void {
  for (const name of circle) failed.add(name);
  const first = attributes.get(circle[0] ?? '');
  const shown = circle.length > 6 ? [...circle.slice(0, 5), '…'] : circle;
  first?.scope.diagnostics.error(
    'Circular reference',
    `These local values refer to each other in a circle: ${[...shown, circle[0]].map((each) => `local.${each}`).join(' -> ')}.`,
    first.nameRange,
  );
}
