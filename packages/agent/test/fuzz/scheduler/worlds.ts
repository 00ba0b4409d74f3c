// SPDX-License-Identifier: MPL-2.0
// Random clusters and jobs, small enough to be full, tight and contradictory.

import { type Constraint, type Job, make, type NetworkResource, type Node, Resources } from '@serai/api';
import fc from 'fast-check';
import {
  mockBatchJob,
  mockJob,
  mockNode,
  mockNodeResources,
  mockTask,
  mockTaskGroup,
  mockUpdate,
} from '#testing';

export interface NodeSpec {
  readonly dc: string;
  readonly rack: string | undefined;
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  readonly ports: number;
  readonly status: string;
  readonly eligible: boolean;
}

export const nodeSpec: fc.Arbitrary<NodeSpec> = fc.record({
  dc: fc.constantFrom('dc1', 'dc2', 'east-1'),
  rack: fc.constantFrom('r1', 'r2', 'r3', undefined),
  cpu: fc.constantFrom(500, 1000, 4000),
  memory: fc.constantFrom(256, 512, 4096),
  disk: fc.constantFrom(300, 1000, 10_000),
  /** dynamic ports that the node has */
  ports: fc.constantFrom(2, 5, 1000),
  status: fc.constantFrom('ready', 'ready', 'ready', 'ready', 'down'),
  eligible: fc.constantFrom(true, true, true, false),
});

export function nodeOf(spec: NodeSpec, index: number): Node {
  return mockNode({
    ID: `node-${String(index).padStart(2, '0')}`,
    Name: `n${index}`,
    Datacenter: spec.dc,
    Meta: spec.rack === undefined ? {} : { rack: spec.rack },
    Status: spec.status,
    SchedulingEligibility: spec.eligible ? 'eligible' : 'ineligible',
    NodeResources: mockNodeResources({
      Cpu: { CpuShares: spec.cpu, TotalCpuCores: 4, ReservableCpuCores: [0, 1, 2, 3] },
      Memory: { MemoryMB: spec.memory },
      Disk: { DiskMB: spec.disk },
      MinDynamicPort: 20_000,
      MaxDynamicPort: 20_000 + spec.ports - 1,
    }),
  });
}

export interface JobSpec {
  readonly batch: boolean;
  readonly count: number;
  readonly cpu: number;
  readonly cores: number;
  readonly memory: number;
  readonly disk: number;
  readonly dynamic: number;
  readonly fixed: number | undefined;
  readonly datacenters: string;
  readonly constraint: 'none' | 'rack' | 'hosts' | 'property' | 'not-rack' | 'pattern';
  readonly spread: 'none' | 'even' | 'target';
  readonly version: number;
  readonly parallel: number;
  readonly canary: number;
}

export const jobSpec: fc.Arbitrary<JobSpec> = fc.record({
  batch: fc.boolean(),
  count: fc.integer({ min: 0, max: 8 }),
  cpu: fc.constantFrom(50, 300, 900),
  cores: fc.constantFrom(0, 0, 0, 1, 2),
  memory: fc.constantFrom(20, 200, 400),
  disk: fc.constantFrom(10, 200, 600),
  dynamic: fc.integer({ min: 0, max: 3 }),
  fixed: fc.constantFrom(undefined, 80, 443, 20_001),
  datacenters: fc.constantFrom('*', 'dc*', 'east-1'),
  constraint: fc.constantFrom('none', 'rack', 'hosts', 'property', 'not-rack', 'pattern'),
  spread: fc.constantFrom('none', 'even', 'target'),
  version: fc.integer({ min: 1, max: 3 }),
  parallel: fc.integer({ min: 0, max: 3 }),
  canary: fc.integer({ min: 0, max: 2 }),
});

export function jobOf(spec: JobSpec, id: string): Job {
  const base = spec.batch ? mockBatchJob({ ID: id }) : mockJob({ ID: id });
  return {
    ...base,
    Datacenters: [spec.datacenters],
    Constraints: constraintsOf(spec),
    Spreads:
      spec.spread === 'none'
        ? null
        : [
            {
              Attribute: '${node.datacenter}',
              Weight: 50,
              SpreadTarget: spec.spread === 'even' ? null : [{ Value: 'dc1', Percent: 70 }],
            },
          ],
    TaskGroups: [
      mockTaskGroup({
        Name: 'web',
        Count: spec.count,
        Update:
          spec.batch || spec.parallel === 0
            ? null
            : mockUpdate({ MaxParallel: spec.parallel, Canary: spec.canary }),
        EphemeralDisk: { Sticky: false, SizeMB: spec.disk, Migrate: false },
        Networks: networksOf(spec),
        Tasks: [
          mockTask({
            Env: { VERSION: String(spec.version) },
            Resources: make(Resources, { CPU: spec.cpu, Cores: spec.cores, MemoryMB: spec.memory }),
          }),
        ],
      }),
    ],
  };
}

function constraintsOf(spec: JobSpec): Constraint[] | null {
  const rack = '${meta.rack}';
  switch (spec.constraint) {
    case 'rack':
      return [{ LTarget: rack, Operand: '=', RTarget: 'r1' }];
    case 'not-rack':
      return [{ LTarget: rack, Operand: '!=', RTarget: 'r1' }];
    case 'pattern':
      return [{ LTarget: rack, Operand: 'regexp', RTarget: '^r[12]$' }];
    case 'hosts':
      return [{ LTarget: '', Operand: 'distinct_hosts', RTarget: 'true' }];
    case 'property':
      return [{ LTarget: rack, Operand: 'distinct_property', RTarget: '2' }];
    default:
      return null;
  }
}

function networksOf(spec: JobSpec): NetworkResource[] | null {
  if (spec.dynamic === 0 && spec.fixed === undefined) return null;
  const dynamic = Array.from({ length: spec.dynamic }, (_, i) => ({
    Label: `p${i}`,
    Value: 0,
    To: 0,
    HostNetwork: 'default',
  }));
  const fixed = { Label: 'fixed', Value: spec.fixed ?? 0, To: 0, HostNetwork: 'default' };
  return [
    {
      Mode: 'host',
      Device: '',
      CIDR: '',
      IP: '',
      MBits: 0,
      DNS: null,
      ReservedPorts: spec.fixed === undefined ? null : [fixed],
      DynamicPorts: dynamic,
    },
  ];
}

/** Something that happens to a cluster. */
export type Happening =
  | { readonly kind: 'job'; readonly job: number; readonly spec: JobSpec }
  | { readonly kind: 'stop'; readonly job: number }
  | { readonly kind: 'node'; readonly node: number; readonly status: string }
  | { readonly kind: 'drain'; readonly node: number }
  | { readonly kind: 'client'; readonly alloc: number; readonly status: string }
  | { readonly kind: 'health'; readonly alloc: number; readonly healthy: boolean }
  | { readonly kind: 'time'; readonly seconds: number };

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('job' as const), job: fc.nat(2), spec: jobSpec }),
  fc.record({ kind: fc.constant('stop' as const), job: fc.nat(2) }),
  fc.record({
    kind: fc.constant('node' as const),
    node: fc.nat(9),
    status: fc.constantFrom('ready', 'down'),
  }),
  fc.record({ kind: fc.constant('drain' as const), node: fc.nat(9) }),
  fc.record({
    kind: fc.constant('client' as const),
    alloc: fc.nat(30),
    status: fc.constantFrom('running', 'running', 'complete', 'failed'),
  }),
  fc.record({ kind: fc.constant('health' as const), alloc: fc.nat(30), healthy: fc.boolean() }),
  fc.record({ kind: fc.constant('time' as const), seconds: fc.nat(120) }),
);
