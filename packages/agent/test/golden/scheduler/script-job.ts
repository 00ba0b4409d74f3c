// SPDX-License-Identifier: MPL-2.0
// Jobs of golden scripts.
//
// type=service|batch|system|sysbatch count=3 groups=a,b cpu=500 memory=256 disk=150 priority=50 env=v2 (a destructive
// change) tag=x (an in-place change: a service's tag) dc=dc1,dc2 pool=default constraint="LEFT OP RIGHT" (several
// separated by ;) affinity="LEFT OP RIGHT WEIGHT" spread=${…} target=a:70,b:30 max-parallel=1 canary=1 auto-promote
// reschedule=unlimited|none|2/10m delay=30s function=constant max-delay=1h static=http:80 dynamic=1 sticky
// lost-after=5m stop-after=1m stagger=30s reconcile=keep_original no-replace (these two: as a disconnect block)
// prevent-lost memory-max=500 all-at-once volume=NAME

import { type Constraint, type Job, make, Resources, Service, type Spread, type TaskGroup } from '@serai/api';
import {
  mockBatchJob,
  mockJob,
  mockSysbatchJob,
  mockSystemJob,
  mockTask,
  mockTaskGroup,
  mockUpdate,
} from '#testing';
import { durationNs, type Words } from './script-words.ts';

const bases = { service: mockJob, batch: mockBatchJob, system: mockSystemJob, sysbatch: mockSysbatchJob };

export function jobOf(id: string, words: Words, before: Job | undefined): Job {
  const type = (words.get('type') ?? before?.Type ?? 'service') as keyof typeof bases;
  const names = (words.get('groups') ?? 'web').split(',');
  const base = bases[type]({ ID: id, Name: id });
  return {
    ...base,
    Priority: Number(words.get('priority') ?? 50),
    Datacenters: (words.get('dc') ?? '*').split(','),
    NodePool: words.get('pool') ?? 'default',
    Constraints: constraintsOf(words.get('constraint')),
    Affinities: affinitiesOf(words.get('affinity')),
    Spreads: spreadsOf(words),
    TaskGroups: names.map((name) => groupOf(name, type, words)),
    Update: type === 'system' && words.has('max-parallel') ? updateOf(words) : base.Update,
  };
}

function groupOf(name: string, type: string, words: Words): TaskGroup {
  const service = type === 'service';
  return {
    ...mockTaskGroup({
      Name: name,
      Count: Number(words.get(`count.${name}`) ?? words.get('count') ?? 1),
      Update: service && words.has('max-parallel') ? updateOf(words) : null,
      ReschedulePolicy: type.startsWith('sys') ? null : rescheduleOf(words),
      Networks: networksOf(words),
      Constraints: constraintsOf(words.get('group-constraint')),
      EphemeralDisk: {
        Sticky: words.has('sticky'),
        SizeMB: Number(words.get('disk') ?? 150),
        Migrate: false,
      },
      ...disconnectOf(words),
      StopAfterClientDisconnect: durationOf(words, 'stop-after'),
      Services: words.has('tag')
        ? [make(Service, { Name: 'web', Provider: 'nomad', Tags: [words.get('tag') ?? ''] })]
        : null,
      Tasks: [
        mockTask({
          Env: { VERSION: words.get('env') ?? '1' },
          Driver: words.get('driver') ?? 'mock_driver',
          Resources: make(Resources, {
            CPU: Number(words.get('cpu') ?? 500),
            MemoryMB: Number(words.get('memory') ?? 256),
            Cores: Number(words.get('cores') ?? 0),
          }),
        }),
      ],
    }),
  };
}

function updateOf(words: Words): ReturnType<typeof mockUpdate> {
  return mockUpdate({
    MaxParallel: Number(words.get('max-parallel')),
    Canary: Number(words.get('canary') ?? 0),
    AutoPromote: words.has('auto-promote'),
    Stagger: durationNs(words.get('stagger') ?? '30s'),
  });
}

function durationOf(words: Words, key: string): number | null {
  const text = words.get(key);
  return text === undefined ? null : durationNs(text);
}

function disconnectOf(words: Words): Partial<TaskGroup> {
  const lostAfter = durationOf(words, 'lost-after');
  if (words.has('prevent-lost')) return { PreventRescheduleOnLost: true };
  if (!words.has('reconcile') && !words.has('no-replace')) return { MaxClientDisconnect: lostAfter };
  return {
    Disconnect: {
      LostAfter: lostAfter ?? 0,
      StopOnClientAfter: null,
      Replace: !words.has('no-replace'),
      Reconcile: words.get('reconcile') ?? '',
    },
  };
}

function rescheduleOf(words: Words): TaskGroup['ReschedulePolicy'] {
  const policy = words.get('reschedule') ?? 'unlimited';
  const [attempts = '0', interval = '0s'] = policy.split('/');
  const unlimited = policy === 'unlimited';
  return {
    Unlimited: unlimited,
    Attempts: unlimited || policy === 'none' ? 0 : Number(attempts),
    Interval: unlimited || policy === 'none' ? 0 : durationNs(interval),
    Delay: durationNs(words.get('delay') ?? '30s'),
    DelayFunction: words.get('function') ?? 'constant',
    MaxDelay: durationNs(words.get('max-delay') ?? '0s'),
  };
}

function networksOf(words: Words): TaskGroup['Networks'] {
  const fixed = words.get('static');
  const dynamic = Number(words.get('dynamic') ?? 0);
  if (fixed === undefined && dynamic === 0) return null;
  return [
    {
      Mode: words.get('network') ?? 'host',
      Device: '',
      CIDR: '',
      IP: '',
      MBits: 0,
      DNS: null,
      ReservedPorts: (fixed ?? '')
        .split(',')
        .filter(Boolean)
        .map((text) => {
          const [label = '', value = '0'] = text.split(':');
          return {
            Label: label,
            Value: Number(value),
            To: 0,
            HostNetwork: words.get('host-network') ?? 'default',
          };
        }),
      DynamicPorts: Array.from({ length: dynamic }, (_, i) => ({
        Label: `p${i}`,
        Value: 0,
        To: 0,
        HostNetwork: 'default',
      })),
    },
  ];
}

function constraintsOf(text: string | undefined): Constraint[] | null {
  if (text === undefined) return null;
  return text.split(';').map((part) => {
    const [left = '', operator = '', ...right] = part.trim().split(/\s+/);
    if (left === 'distinct_hosts') return { LTarget: '', Operand: left, RTarget: operator };
    return { LTarget: left, Operand: operator, RTarget: right.join(' ') };
  });
}

function affinitiesOf(text: string | undefined): Job['Affinities'] {
  if (text === undefined) return null;
  return text.split(';').map((part) => {
    const words = part.trim().split(/\s+/);
    const weight = Number(words.pop());
    const [left = '', operator = '', ...right] = words;
    return { LTarget: left, Operand: operator, RTarget: right.join(' '), Weight: weight };
  });
}

function spreadsOf(words: Words): Spread[] | null {
  const attribute = words.get('spread');
  if (attribute === undefined) return null;
  const targets = (words.get('target') ?? '')
    .split(',')
    .filter(Boolean)
    .map((text) => {
      const [value = '', percent = '0'] = text.split(':');
      return { Value: value, Percent: Number(percent) };
    });
  return [{ Attribute: attribute, Weight: 50, SpreadTarget: targets.length > 0 ? targets : null }];
}
