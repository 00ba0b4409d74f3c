// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Input, type Service, type ServiceCheck, second, type TaskGroup } from '@serai/api';
import { canonicalizeJob } from '../../canonicalize/job.ts';
import { validateJob } from '../job.ts';

const task = { Name: 'main', Driver: 'raw_exec' };
const network = { DynamicPorts: [{ Label: 'http' }] };

function errorsOf(group: Input<TaskGroup>): string {
  const job = canonicalizeJob({
    ID: 'web',
    TaskGroups: [{ Name: 'g', Networks: [network], Tasks: [task], ...group }],
  });
  return validateJob(job).errors.join('\n').replaceAll(/\s+/g, ' ');
}

const ofService = (service: Input<Service>, group: Input<TaskGroup> = {}): string =>
  errorsOf({ ...group, Services: [{ Name: 'svc', PortLabel: 'http', ...service }] });

const alive = { Type: 'http', Path: '/', Interval: 10 * second, Timeout: 2 * second };
const ofCheck = (check: Input<ServiceCheck>, service: Input<Service> = {}): string =>
  ofService({ ...service, Checks: [{ ...alive, ...check }] });

test('a service with a check is valid', () => {
  assert.equal(ofCheck({}), '');
  assert.equal(ofService({ Name: '${attr.unique.hostname}_x' }), '');
});

test('names follow RFC 1123', () => {
  for (const Name of ['a_b', '-a', 'a-', 'x'.repeat(64), 'a.b'])
    assert.match(ofService({ Name }), /Service name must be valid per RFC 1123/, Name);
  assert.equal(ofService({ Name: 'x'.repeat(63) }), '');
});

test('providers are known and one per group', () => {
  assert.match(ofService({ Provider: 'etcd' }), /Service provider "etcd" is unknown/);
  assert.match(
    errorsOf({ Services: [{ Name: 'a' }, { Name: 'b', Provider: 'nomad' }] }),
    /Multiple service providers used: task group services must use the same provider/,
  );
  assert.match(ofService({ Provider: 'nomad', EnableTagOverride: true }), /cannot use enable_tag_override/);
  assert.match(ofService({ Provider: 'nomad', Connect: { Native: true } }), /cannot include Connect blocks/);
});

test('addresses and ports', () => {
  assert.match(ofService({ AddressMode: 'moon' }), /Service address_mode must be/);
  assert.match(
    ofService({ Address: '1.2.3.4', AddressMode: 'host' }),
    /address_mode must be "auto" if address is set/,
  );
  assert.match(
    ofService({ PortLabel: 'none' }),
    /port label "none" referenced by services svc does not exist/,
  );
  assert.match(ofService({ PortLabel: '99999' }), /Service port 99999 is out of range/);
  assert.equal(ofService({ PortLabel: '8080' }), '');
  assert.equal(ofService({ PortLabel: '' }), '');
});

test('services of a task see its own ports and those of the group', () => {
  const services = [{ PortLabel: 'http' }, { Name: 'b', PortLabel: 'old' }];
  const own = {
    ...task,
    Resources: { Networks: [{ DynamicPorts: [{ Label: 'old' }] }] },
    Services: services,
  };
  assert.equal(errorsOf({ Tasks: [own] }), '');
  assert.match(
    errorsOf({ Tasks: [{ ...task, Services: services }] }),
    /port label "old" referenced by services b/,
  );
});

test('the task of a service exists', () => {
  assert.equal(ofService({ TaskName: 'main' }), '');
  assert.match(ofService({ TaskName: 'none' }), /Service task "none" is not a task of the group/);
});

test('the same service twice is refused, on another port it is not', () => {
  const group: Input<TaskGroup> = { Networks: [{ DynamicPorts: [{ Label: 'http' }, { Label: 'b' }] }] };
  const one = { Name: 'a', PortLabel: 'http' };
  assert.match(errorsOf({ ...group, Services: [one, one] }), /Service "a" is duplicate/);
  assert.equal(errorsOf({ ...group, Services: [one, { ...one, PortLabel: 'b' }] }), '');
});

test('check types depend on the provider', () => {
  assert.match(ofCheck({ Type: 'ping' }), /invalid check type \("ping"\)/);
  assert.match(
    ofCheck({ Type: 'script', Command: 'x' }, { Provider: 'nomad' }),
    /invalid check type \("script"\)/,
  );
  assert.equal(ofCheck({ Type: 'grpc', Path: '' }), '');
  assert.match(ofCheck({ Path: '' }), /http type must have http path/);
  assert.match(ofCheck({ Path: 'http://evil/' }), /must not be an absolute URL/);
  assert.match(ofCheck({ Protocol: 'gopher' }), /http check protocol must be http or https/);
  assert.match(
    ofCheck({ Type: 'script', Path: '', TaskName: 'main' }),
    /script type must have a valid script path/,
  );
  assert.match(
    ofCheck({ Type: 'tcp', Path: '', Expose: true }),
    /expose may only be set on HTTP or gRPC checks/,
  );
  assert.match(ofCheck({ Body: 'x'.repeat(70_000) }), /body of the check is longer than 65536 bytes/);
});

test('check times', () => {
  assert.match(ofCheck({ Interval: 0 }), /missing required value interval/);
  assert.match(ofCheck({ Timeout: 0 }), /missing required value timeout/);
  assert.match(ofCheck({ Interval: 1000 }), /interval \(1µs\) cannot be lower than 1s/);
  assert.match(ofCheck({ Timeout: 1000 }), /timeout \(1µs\) is lower than required minimum timeout 1s/);
  assert.match(ofCheck({ InitialStatus: 'fine' }), /invalid initial check state \(fine\)/);
});

test('checks need a port and a known address mode', () => {
  assert.match(
    ofCheck({}, { PortLabel: '' }),
    /check requires a port but neither check nor service "svc" have a port/,
  );
  assert.equal(ofCheck({ PortLabel: 'http' }, { PortLabel: '' }), '');
  assert.match(ofCheck({ AddressMode: 'auto' }), /invalid address_mode "auto"/);
});

test('thresholds and check_restart', () => {
  assert.match(ofCheck({ SuccessBeforePassing: -1 }), /success_before_passing must be non-negative/);
  const script = { Type: 'script', Command: 'x', Path: '', TaskName: 'main' };
  assert.match(ofCheck({ ...script, FailuresBeforeCritical: 1 }), /not supported for check of type "script"/);
  assert.match(ofCheck({ CheckRestart: { Limit: -1 } }), /limit must be greater than or equal to 0/);
  assert.match(ofCheck({ CheckRestart: { Grace: -1 } }), /grace period cannot be negative/);
  assert.match(ofCheck({ OnUpdate: 'ignore', CheckRestart: {} }), /"ignore" not allowed with check_restart/);
  assert.match(
    ofCheck({ OnUpdate: 'ignore_warnings', CheckRestart: {} }),
    /not supported with check_restart ignore_warnings/,
  );
  assert.equal(ofCheck({ OnUpdate: 'ignore_warnings', CheckRestart: { IgnoreWarnings: true } }), '');
  assert.match(ofCheck({ OnUpdate: 'x' }), /on_update must be/);
});

test('a script of a group service names its task', () => {
  const script = { Type: 'script', Command: 'x', Path: '' };
  assert.match(ofCheck(script), /script check of a group service must name its task/);
  assert.match(
    ofCheck({ ...script, TaskName: 'none' }),
    /refers to task "none" which is not a task of the group/,
  );
  assert.equal(ofCheck({ ...script, TaskName: 'main' }), '');
  assert.equal(ofCheck(script, { TaskName: 'main' }), '');
});

test('check names are unique', () => {
  const named = { ...alive, Name: 'x' };
  assert.match(ofService({ Checks: [named, named] }), /Check name "x" is used twice/);
  assert.equal(ofService({ Checks: [alive, { ...alive, Path: '/b' }] }), '');
});

test('connect is one of three kinds, and a sidecar needs a bridge', () => {
  const bridge: Input<TaskGroup> = { Networks: [{ Mode: 'bridge', DynamicPorts: [{ Label: 'http' }] }] };
  assert.equal(ofService({ Connect: { SidecarService: {} } }, bridge), '');
  assert.match(
    ofService({ Connect: { SidecarService: {} } }),
    /Consul Connect sidecars require bridge or cni network/,
  );
  assert.match(ofService({ Connect: {} }), /must be exactly one of native, sidecar_service or gateway/);
  assert.match(ofService({ Connect: { Native: true, SidecarService: {} } }), /must be exactly one/);
  const upstream = (over: object) => ({ Connect: { SidecarService: { Proxy: { Upstreams: [over] } } } });
  assert.match(ofService(upstream({ LocalBindPort: 1 }), bridge), /upstream 1 needs a destination_name/);
  assert.match(ofService(upstream({ DestinationName: 'db' }), bridge), /needs local_bind_port/);
  assert.equal(ofService(upstream({ DestinationName: 'db', LocalBindPort: 1 }), bridge), '');
  assert.match(ofService({ Connect: { Gateway: {} } }), /One Consul Gateway Configuration must be set/);
  const ingress = (listener: object) => ({ Connect: { Gateway: { Ingress: { Listeners: [listener] } } } });
  assert.match(ofService(ingress({ Port: 0, Services: [{ Name: 'a' }] })), /requires valid Port; got 0/);
  assert.match(ofService(ingress({ Port: 1 })), /requires one or more services/);
  assert.equal(ofService(ingress({ Port: 1, Services: [{ Name: 'a' }] })), '');
  assert.match(
    ofService({ Connect: { Gateway: { Terminating: {} } } }),
    /Terminating Gateway requires at least one service/,
  );
});
