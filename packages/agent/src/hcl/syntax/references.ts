// SPDX-License-Identifier: MPL-2.0
// Which outer names an expression refers to. A loop with a stack of its own, so that depth doesn't matter.

import type { Expression, TemplatePart, Traversal } from './ast.ts';

/** All traversals, also those of names that a for binds inside: a name too many does no harm to whoever asks. */
export function referencesOf(expression: Expression): Traversal[] {
  const found: Traversal[] = [];
  const stack: Expression[] = [expression];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node.kind === 'traversal') found.push(node);
    else for (const child of childrenOf(node)) stack.push(child);
  }
  return found;
}

function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'template':
      return node.parts.flatMap(partChildren);
    case 'template-wrap':
      return [node.wrapped];
    case 'relative-traversal':
      return [node.source];
    case 'index':
      return [node.collection, node.key];
    case 'splat':
      return [node.source, node.each];
    case 'call':
      return node.args;
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'conditional':
      return [node.condition, node.then, node.otherwise];
    case 'for':
      return [
        node.collection,
        node.value,
        ...(node.key ? [node.key] : []),
        ...(node.condition ? [node.condition] : []),
      ];
    case 'tuple':
      return node.items;
    case 'object':
      return node.items.flatMap((item) => [item.key, item.value]);
    case 'parentheses':
      return [node.inner];
    default:
      return [];
  }
}

function partChildren(part: TemplatePart): Expression[] {
  switch (part.kind) {
    case 'text':
      return [];
    case 'interpolation':
      return [part.expression];
    case 'if':
      return [part.condition, ...part.then.flatMap(partChildren), ...part.otherwise.flatMap(partChildren)];
    case 'for':
      return [part.collection, ...part.body.flatMap(partChildren)];
  }
}
