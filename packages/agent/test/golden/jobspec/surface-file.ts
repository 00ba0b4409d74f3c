// SPDX-License-Identifier: MPL-2.0
// Job files that set one attribute of the surface table.

import { parseDuration } from '@serai/api';
import { type AttributeType, type SurfaceBlock, surface } from '../../fixtures/jobspec/surface.ts';

export interface Row {
  readonly name: string;
  readonly type: AttributeType;
  readonly field: string;
  /** undefined: the zero value, null, or absent */
  readonly initial: unknown;
}

export function rowsOf(block: SurfaceBlock): Row[] {
  return block.rows
    .trim()
    .split('\n')
    .map((line) => {
      const [, name = '', type = '', field = '', initial] =
        /^\s*(\S+) (\S+) (\S+)(?: (.*))?$/.exec(line) ?? [];
      const given: unknown = initial === undefined ? undefined : JSON.parse(initial);
      const isSpan = type === 'dur' && typeof given === 'string';
      return { name, type: type as AttributeType, field, initial: isSpan ? parseDuration(given) : given };
    });
}

/** `job > group > update` */
export function titleOf(block: SurfaceBlock): string {
  return ['job', ...block.path].map((head) => head.split(' ')[0]).join(' > ');
}

/** A job file with one argument in the block; the line it stands on. */
export function fileOf(block: SurfaceBlock, argument: string): { source: string; line: number } {
  const heads = ['job "j"', ...block.path];
  const lines = heads.map((head) => `${head} {`);
  const line = lines.length + 1;
  lines.push(argument);
  if (block.needs !== undefined) lines.push(block.needs);
  const [first, second] = block.path;
  // What every job has, where the path doesn't lead through it.
  if (!first?.startsWith('group')) {
    lines.push(...block.path.map(() => '}'), 'group "g" {', 'task "t" {', '}', '}', '}');
  } else if (!second?.startsWith('task')) {
    lines.push(...block.path.slice(1).map(() => '}'), 'task "t" {', '}', '}', '}');
  } else lines.push(...heads.map(() => '}'));
  return { source: `${lines.join('\n')}\n`, line };
}

/** The same in the JSON syntax of the language: labels are keys. */
export function jsonOf(block: SurfaceBlock, name: string, value: unknown): string {
  const [, need = '', needed = 'null'] = /^(\w+) = (.*)$/.exec(block.needs ?? '') ?? [];
  const inner = { ...(need === '' ? {} : { [need]: JSON.parse(needed) as unknown }), [name]: value };
  const whole = ['job "j"', ...block.path].reduceRight<unknown>((content, head) => {
    const [, type = '', label] = /^(\w+)(?: "(.*)")?$/.exec(head) ?? [];
    return { [type]: label === undefined ? content : { [label]: content } };
  }, inner);
  return JSON.stringify(whole);
}

export { surface };
