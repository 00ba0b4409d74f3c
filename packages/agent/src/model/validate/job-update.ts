// SPDX-License-Identifier: MPL-2.0
// What a new version of a job may not change.

import type { Job } from '@serai/api';
import { quote } from './error-list.ts';

/** Mistakes of registering `next` over `old`; empty when it may replace it. */
export function validateJobUpdate(old: Job | null | undefined, next: Job): readonly string[] {
  const errors: string[] = [];
  if (!old) {
    if (next.Dispatched && next.ParentID === '') errors.push("job can't be submitted with 'Dispatched' set");
    return errors;
  }
  if (old.Type !== next.Type)
    errors.push(`cannot update job from type ${quote(old.Type)} to ${quote(next.Type)}`);
  if (old.Periodic !== null && next.Periodic === null)
    errors.push('cannot update periodic job to being non-periodic');
  if (old.Periodic === null && next.Periodic !== null)
    errors.push('cannot update non-periodic job to being periodic');
  if (old.ParameterizedJob !== null && next.ParameterizedJob === null)
    errors.push('cannot update parameterized job to being non-parameterized');
  if (old.ParameterizedJob === null && next.ParameterizedJob !== null)
    errors.push('cannot update non-parameterized job to being parameterized');
  if (old.Dispatched !== next.Dispatched) errors.push("field 'Dispatched' is read-only");
  return errors;
}
