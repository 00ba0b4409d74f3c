// SPDX-License-Identifier: MPL-2.0
// What the operator decided for the region or the job's node pool.

import type { Job } from '@serai/api';
import type { StateView } from '../contract.ts';
import type { Algorithm } from '../rank/fit-score.ts';

export interface Settings {
  readonly algorithm: Algorithm;
  readonly memoryOversubscription: boolean;
  readonly preemption: boolean;
}

export function settingsFor(state: StateView, job: Job): Settings {
  const region = state.schedulerConfig();
  const pool = state.nodePool(job.NodePool)?.SchedulerConfiguration;
  const algorithm = pool?.SchedulerAlgorithm || region.SchedulerAlgorithm;
  return {
    algorithm: algorithm === 'spread' ? 'spread' : 'binpack',
    memoryOversubscription: pool?.MemoryOversubscriptionEnabled ?? region.MemoryOversubscriptionEnabled,
    preemption: preemptionOf(region.PreemptionConfig, job.Type),
  };
}

function preemptionOf(
  config: ReturnType<StateView['schedulerConfig']>['PreemptionConfig'],
  type: string,
): boolean {
  switch (type) {
    case 'system':
      return config.SystemSchedulerEnabled;
    case 'sysbatch':
      return config.SysBatchSchedulerEnabled;
    case 'batch':
      return config.BatchSchedulerEnabled;
    default:
      return config.ServiceSchedulerEnabled;
  }
}
