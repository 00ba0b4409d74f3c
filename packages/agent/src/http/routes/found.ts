// SPDX-License-Identifier: MPL-2.0
// A read of one object that may not be there.

import type { QueryMeta } from '@serai/api';
import { AppError } from '#base';
import { type Outcome, sharedJson } from '../response/outcome.ts';

/** 404 with Nomad's text when there is no such object. */
export function found(value: unknown, meta: QueryMeta, missing: string): Outcome {
  if (value === null || value === undefined) throw new AppError('not-found', missing);
  return sharedJson(value, meta);
}

/** A list that Go would have made non-nil: an empty answer reads `[]`. */
export function listed(items: readonly unknown[] | null, meta: QueryMeta): Outcome {
  return sharedJson(items ?? nothing, meta);
}

const nothing: readonly unknown[] = Object.freeze([]);
