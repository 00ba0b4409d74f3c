// SPDX-License-Identifier: MPL-2.0
// A bound on every list of a job. Some comparisons look at each pair of elements, so that a list without end would
// hold the servers up.

import type { Schema } from '@serai/api';
import type { ErrorList } from './error-list.ts';

/** Elements of any one list of a job: groups, tasks, constraints, ports, services, tags. */
export const maxListLength = 1_000;

/** Adds one message per list that is too long. Lists within a driver's configuration are the driver's business. */
export function validateListLengths(
  errors: ErrorList,
  schema: Schema,
  at: { readonly value: unknown; readonly path: string },
): void {
  const { value, path } = at;
  if (value === null || value === undefined) return;
  const of = schema.of?.();
  switch (schema.kind) {
    case 'pointer':
      if (of) validateListLengths(errors, of, at);
      return;
    case 'list': {
      const items = value as readonly unknown[];
      if (items.length > maxListLength)
        errors.add(`${path} has ${items.length} elements; at most ${maxListLength} are allowed`);
      else if (of && holdsLists(of))
        for (const [i, item] of items.entries())
          validateListLengths(errors, of, { value: item, path: `${path}[${i}]` });
      return;
    }
    case 'map':
      if (of && holdsLists(of))
        for (const [key, item] of Object.entries(value))
          validateListLengths(errors, of, { value: item, path: `${path}.${key}` });
      return;
    case 'struct':
      for (const [name, field] of Object.entries(schema.fields ?? {}))
        validateListLengths(errors, field, {
          value: (value as Readonly<Record<string, unknown>>)[name],
          path: `${path}.${name}`,
        });
  }
}

function holdsLists(schema: Schema): boolean {
  return (
    schema.kind === 'struct' || schema.kind === 'list' || schema.kind === 'map' || schema.kind === 'pointer'
  );
}
