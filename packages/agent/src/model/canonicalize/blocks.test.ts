// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConsulConnect, type Input, type JobSpec, second, type TaskGroup } from '@serai/api';
import { AppError } from '#base';
import { overlay, textOr } from './given.ts';
import { canonicalizeJob } from './job.ts';

function group(over: Input<TaskGroup>, job: Input<JobSpec> = {}) {
  return canonicalizeJob({ ID: 'web', ...job, TaskGroups: [{ Name: 'g', ...over }] }).TaskGroups?.[0];
}

const connect = (Connect: Input<ConsulConnect>) =>
  group({ Services: [{ Name: 's', Connect }] })?.Services?.[0]?.Connect;

test('networks have a mode and ports a host network', () => {
  const network = group({
    Networks: [
      { DynamicPorts: [{ Label: 'a' }], ReservedPorts: [{ Label: 'b', Value: 1, HostNetwork: 'x' }] },
    ],
  })?.Networks?.[0];
  assert.equal(network?.Mode, 'host');
  assert.deepEqual(network?.DynamicPorts, [{ Label: 'a', Value: 0, To: 0, HostNetwork: 'default' }]);
  assert.equal(network?.ReservedPorts?.[0]?.HostNetwork, 'x');
  assert.ok(!('CNI' in (network ?? {})));
});

test('a sidecar task has the resources of a proxy', () => {
  const task = connect({ SidecarTask: { Resources: { CPU: 500 } } })?.SidecarTask;
  assert.deepEqual([task?.Resources?.CPU, task?.Resources?.MemoryMB], [500, 128]);
  assert.deepEqual([task?.KillTimeout, task?.ShutdownDelay, task?.LogConfig?.MaxFiles], [5 * second, 0, 10]);
});

test('upstreams are services, listeners speak tcp, gateways wait five seconds', () => {
  const sidecar = connect({ SidecarService: { Proxy: { Upstreams: [{ DestinationName: 'db' }] } } });
  assert.equal(sidecar?.SidecarService?.Proxy?.Upstreams?.[0]?.DestinationType, 'service');
  const gateway = connect({ Gateway: { Ingress: { Listeners: [{ Port: 1 }] } } })?.Gateway;
  assert.equal(gateway?.Ingress?.Listeners?.[0]?.Protocol, 'tcp');
  assert.equal(gateway?.Proxy?.ConnectTimeout, 5 * second);
});

test('a mesh gateway without settings is still one', () => {
  assert.deepEqual(connect({ Gateway: { Mesh: {} } })?.Gateway?.Mesh, {});
  assert.equal(connect({ Gateway: {} })?.Gateway?.Mesh, null);
});

test('the consul namespace of the job is for groups without their own', () => {
  assert.equal(group({}, { ConsulNamespace: 'cns' })?.Consul?.Namespace, 'cns');
  assert.equal(group({ Consul: { Namespace: 'own' } }, { ConsulNamespace: 'cns' })?.Consul?.Namespace, 'own');
});

test('a disconnect block replaces by best score', () => {
  assert.deepEqual(group({ Disconnect: { LostAfter: second } })?.Disconnect, {
    LostAfter: second,
    StopOnClientAfter: null,
    Replace: true,
    Reconcile: 'best_score',
  });
});

test('scaling of a task names its task', () => {
  const [policy] =
    group({ Tasks: [{ Name: 't', ScalingPolicies: [{ Type: 'vertical_cpu', Max: 5 }] }] })?.Tasks?.[0]
      ?.ScalingPolicies ?? [];
  assert.deepEqual(policy?.Target, { Namespace: 'default', Job: 'web', Group: 'g', Task: 't' });
  assert.equal(policy?.Enabled, true);
});

test('devices are one unless said otherwise, plugins have their directories', () => {
  const [task] =
    group({
      Tasks: [
        { Name: 't', Resources: { Devices: [{ Name: 'gpu' }] }, CSIPluginConfig: { ID: 'p', Type: 'node' } },
      ],
    })?.Tasks ?? [];
  assert.equal(task?.Resources?.Devices?.[0]?.Count, 1);
  assert.deepEqual(task?.CSIPluginConfig, {
    ID: 'p',
    Type: 'node',
    MountDir: '/csi',
    StagePublishBaseDir: '/local/csi',
    HealthTimeout: 30 * second,
  });
});

test('regions of a multiregion job have one allocation each', () => {
  const job = canonicalizeJob({ ID: 'web', Multiregion: { Regions: [{ Name: 'west' }] } });
  assert.equal(job.Multiregion?.Regions?.[0]?.Count, 1);
  assert.deepEqual(job.Multiregion?.Strategy, { MaxParallel: 0, OnFailure: '' });
});

test('empty blocks that mean nothing are dropped', () => {
  const [task] =
    group({ Tasks: [{ Name: 't', Lifecycle: {}, CSIPluginConfig: {}, Templates: [{ Wait: {} }] }] })?.Tasks ??
    [];
  assert.deepEqual([task?.Lifecycle, task?.CSIPluginConfig, task?.Templates?.[0]?.Wait], [null, null, null]);
});

test('a value of the wrong type is an error of the user', () => {
  const wrong = { ID: 'web', Priority: 'high' } as unknown as Input<JobSpec>;
  assert.throws(
    () => canonicalizeJob(wrong),
    (error) => error instanceof AppError && /Priority/.test(error.message),
  );
});

test('what says nothing does not overrule', () => {
  assert.deepEqual(overlay<{ a: string; b: number }>({ a: 'x', b: 1 }, { a: '', b: null }), { a: 'x', b: 1 });
  assert.deepEqual(overlay<{ a: string; b: number }>({ a: 'x', b: 1 }, { b: 0 }), { a: 'x', b: 0 });
  assert.equal(textOr('', 'x'), 'x');
  assert.equal(textOr('y', 'x'), 'y');
});
