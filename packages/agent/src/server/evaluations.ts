// SPDX-License-Identifier: MPL-2.0
// Makes pending evaluations.

import { Evaluation, make } from '@serai/api';
import type { Clock, Random } from '#base';

type Given = Pick<Evaluation, 'Namespace' | 'Priority' | 'Type' | 'TriggeredBy' | 'JobID'> &
  Partial<Evaluation>;

/** A new pending evaluation; indexes are set when it is written. */
export function newEvaluation(fields: Given, deps: { random: Random; clock: Clock }): Evaluation {
  const nowNs = deps.clock.nowNs();
  return make(Evaluation, {
    ID: deps.random.uuid(),
    Status: 'pending',
    CreateTime: nowNs,
    ModifyTime: nowNs,
    ...fields,
  });
}
