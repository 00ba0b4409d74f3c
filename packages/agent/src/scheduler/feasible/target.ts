// SPDX-License-Identifier: MPL-2.0
// What `${…}` in a constraint, affinity or spread means on a node.

import type { Node } from '@serai/api';

/** Value of a target on a node; undefined when the node doesn't have it. */
export type TargetReader = (node: Node) => string | undefined;

export interface TargetContext {
  /** region of the job: nodes do not store it */
  readonly region: string;
}

/** A text without `${` is its own value. An unknown name is missing on every node. */
export function targetReader(target: string, context: TargetContext): TargetReader {
  if (!target.startsWith('${')) return () => target;
  const name = target.endsWith('}') ? target.slice(2, -1) : '';
  switch (name) {
    case 'node.unique.id':
      return (node) => node.ID;
    case 'node.unique.name':
      return (node) => node.Name;
    case 'node.datacenter':
      return (node) => node.Datacenter;
    case 'node.class':
      return (node) => node.NodeClass;
    case 'node.pool':
      return (node) => node.NodePool;
    case 'node.region':
      return () => context.region;
    default:
  }
  const attribute = keyAfter(name, 'attr');
  if (attribute !== undefined) return (node) => own(node.Attributes, attribute);
  const meta = keyAfter(name, 'meta');
  if (meta !== undefined) return (node) => own(node.Meta, meta);
  return () => undefined;
}

/** `attr.kernel.name` and `attr["kernel.name"]`. */
function keyAfter(name: string, family: string): string | undefined {
  if (name.startsWith(`${family}.`)) return name.slice(family.length + 1);
  const quoted = name.startsWith(`${family}["`) && name.endsWith('"]');
  return quoted ? name.slice(family.length + 2, -2) : undefined;
}

function own(map: Readonly<Record<string, string>> | null, key: string): string | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}
