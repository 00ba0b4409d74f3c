// SPDX-License-Identifier: MPL-2.0
// Defaults of task groups, with what the job's own blocks add to them.

import type {
  DisconnectStrategy,
  EphemeralDisk,
  Input,
  MigrateStrategy,
  ReschedulePolicy,
  ScalingPolicy,
  TaskGroup,
  UpdateStrategy,
  VolumeRequest,
} from '@serai/api';
import { mapPresent, overlay, textOr } from './given.ts';
import { canonicalizeNetwork } from './network.ts';
import { groupMigrate, groupReschedule, groupRestart, groupUpdate } from './policies.ts';
import { canonicalizeService } from './service.ts';
import { canonicalizeTask } from './task.ts';

/** What a group inherits. */
export interface GroupPlace {
  readonly jobId: string;
  readonly jobName: string;
  readonly jobType: string;
  readonly namespace: string;
  readonly consulNamespace: string;
  readonly update: Input<UpdateStrategy> | null | undefined;
  readonly reschedule: Input<ReschedulePolicy> | null | undefined;
  readonly migrate: Input<MigrateStrategy> | null | undefined;
}

/** Size in MiB. */
const defaultDisk: EphemeralDisk = { Sticky: false, SizeMB: 300, Migrate: false };

export function canonicalizeGroup(group: Input<TaskGroup>, place: GroupPlace): Input<TaskGroup> {
  const name = group.Name ?? '';
  const count = group.Count ?? group.Scaling?.Min ?? 1;
  const restart = groupRestart(place.jobType, group.RestartPolicy);
  const inner = { ...place, groupName: name };
  return {
    ...group,
    Count: count,
    Update: groupUpdate(place.jobType, place.update, group.Update),
    ReschedulePolicy: groupReschedule(place.jobType, place.reschedule, group.ReschedulePolicy),
    Migrate: groupMigrate(place.jobType, place.migrate, group.Migrate),
    RestartPolicy: restart,
    EphemeralDisk: overlay<EphemeralDisk>(defaultDisk, group.EphemeralDisk),
    Scaling: group.Scaling ? canonicalizeScaling(group.Scaling, { place, group: name, count }) : null,
    Consul: { ...group.Consul, Namespace: textOr(group.Consul?.Namespace, place.consulNamespace) },
    Networks: mapPresent(group.Networks, canonicalizeNetwork),
    Services: mapPresent(group.Services, (service) =>
      canonicalizeService(service, { ...inner, taskName: undefined }),
    ),
    Volumes: canonicalizeVolumes(group.Volumes),
    Disconnect: group.Disconnect ? canonicalizeDisconnect(group.Disconnect) : null,
    Tasks: mapPresent(group.Tasks, (task) => canonicalizeTask(task, { ...inner, restart })),
  };
}

function canonicalizeScaling(
  policy: Input<ScalingPolicy>,
  where: { readonly place: GroupPlace; readonly group: string; readonly count: number },
): Input<ScalingPolicy> {
  return {
    ...policy,
    Min: policy.Min ?? where.count,
    Enabled: policy.Enabled ?? true,
    Type: textOr(policy.Type, 'horizontal'),
    Target: { Namespace: where.place.namespace, Job: where.place.jobId, Group: where.group },
  };
}

function canonicalizeDisconnect(disconnect: Input<DisconnectStrategy>): Input<DisconnectStrategy> {
  return {
    ...disconnect,
    Replace: disconnect.Replace ?? true,
    Reconcile: textOr(disconnect.Reconcile, 'best_score'),
  };
}

/** A volume knows its own name. */
function canonicalizeVolumes(volumes: Input<TaskGroup>['Volumes']): Input<TaskGroup>['Volumes'] {
  if (!volumes) return null;
  const named = Object.entries(volumes as Record<string, Input<VolumeRequest> | null | undefined>);
  return Object.fromEntries(
    named.map(([name, volume]) => [name, { ...volume, Name: textOr(volume?.Name, name) }]),
  );
}
