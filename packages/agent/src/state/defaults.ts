// SPDX-License-Identifier: MPL-2.0
// Rows that exist before anybody wrote them.

import { make, Namespace, NodePool, SchedulerConfiguration } from '@serai/api';

/** Bin packing; preemption for system jobs only, as in Nomad. */
export const defaultSchedulerConfig: SchedulerConfiguration = make(SchedulerConfiguration, {
  SchedulerAlgorithm: 'binpack',
  PreemptionConfig: {
    SystemSchedulerEnabled: true,
    SysBatchSchedulerEnabled: false,
    BatchSchedulerEnabled: false,
    ServiceSchedulerEnabled: false,
  },
});

export const defaultNamespace: Namespace = make(Namespace, {
  Name: 'default',
  Description: 'Default shared namespace',
});

/** The pools that can't be deleted. */
export const builtInNodePools: readonly NodePool[] = [
  make(NodePool, { Name: 'all', Description: 'Node pool with all nodes in the cluster.' }),
  make(NodePool, { Name: 'default', Description: 'Default node pool.' }),
];
