// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '#base';
import { clientDefaults } from '../options.ts';
import { buildNode } from './node-builder.ts';
import { loadNodeIdentity } from './node-identity.ts';

const identity = { nodeId: '1'.repeat(8), secretId: 's' };

test('a node is made of configuration, identity and what was detected', () => {
  const node = buildNode({
    identity,
    options: {
      ...clientDefaults,
      version: '0',
      stateDir: '/s',
      allocDir: '/a',
      datacenter: 'dc9',
      nodeClass: 'big',
      meta: { rack: 'r1' },
      reserved: { cpuMhz: 100, cores: [0], memoryMb: 200, diskMb: 300, ports: '22' },
      hostVolumes: { data: { path: '/data', readOnly: true } },
      hostNetworks: { pub: { cidr: '1.2.3.0/24', interface: '', reservedPorts: '80' } },
    },
    fingerprint: {
      attributes: { 'unique.hostname': 'box', 'kernel.name': 'linux' },
      cpu: { totalMhz: 4000, cores: 2, reservable: [1] },
      memoryMb: 1024,
      diskMb: 2048,
      cgroupParent: '/nomad',
    },
    drivers: new Map([
      [
        'raw_exec',
        {
          attributes: { 'driver.raw_exec': '1' },
          info: {
            Attributes: { 'driver.raw_exec': 'true' },
            Detected: true,
            Healthy: true,
            HealthDescription: 'Healthy',
            UpdateTime: '2026-01-01T00:00:00Z',
          },
        },
      ],
    ]),
  });
  assert.equal(node.Name, 'box', 'the host name when none is configured');
  assert.equal(node.Status, 'initializing');
  assert.equal(node.SchedulingEligibility, 'eligible');
  assert.equal(node.Attributes?.['driver.raw_exec'], '1');
  assert.equal(node.Drivers?.['raw_exec']?.Healthy, true);
  assert.equal(node.NodeResources?.Cpu.CpuShares, 4000);
  assert.equal(node.NodeResources?.MinDynamicPort, 20_000);
  assert.equal(node.ReservedResources?.Memory.MemoryMB, 200);
  assert.equal(node.ReservedResources?.Networks.ReservedHostPorts, '22');
  assert.deepEqual(node.HostVolumes, { data: { Name: 'data', Path: '/data', ReadOnly: true } });
  assert.deepEqual(node.HostNetworks, {
    pub: { Name: 'pub', CIDR: '1.2.3.0/24', Interface: '', ReservedPorts: '80' },
  });
  assert.deepEqual(node.Meta, { rack: 'r1' });
});

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'serai-identity-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('id and secret are made once, readable for the owner only', async (t) => {
  const dir = join(await tempDir(t), 'client');
  const first = await loadNodeIdentity(dir, seededRandom(1));
  assert.deepEqual(await loadNodeIdentity(dir, seededRandom(2)), first);
  assert.notEqual(first.nodeId, first.secretId);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  for (const name of ['client-id', 'secret-id'])
    assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600);
  assert.equal(await readFile(join(dir, 'client-id'), 'utf8'), first.nodeId);
});

test('a secret that others could read is closed again', async (t) => {
  const dir = await tempDir(t);
  await loadNodeIdentity(dir, seededRandom(1));
  const path = join(dir, 'secret-id');
  const text = await readFile(path, 'utf8');
  await rm(path);
  await writeFile(path, `${text}\n`, { mode: 0o644 });
  assert.equal((await loadNodeIdentity(dir, seededRandom(2))).secretId, text);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a file without an id is an error that says what to do, not a new node', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'client-id'), 'garbage');
  await assert.rejects(loadNodeIdentity(dir, seededRandom(1)), /client-id holds no node id; remove the file/);
});
