// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '#testing';
import { type ClientOptions, clientDefaults } from '../../options.ts';
import { type Fingerprint, mergeFingerprints } from '../fingerprinter.ts';
import { inCidr } from './cidr.ts';
import { parseCoreList } from './core-list.ts';
import { parseCpuInfo, reservableCores } from './cpu.ts';
import { fingerprinters } from './list.ts';
import { defaultRouteInterface } from './network.ts';
import { parseOsRelease } from './os.ts';

async function detect(host = new FakeHost(), overrides: Partial<ClientOptions> = {}): Promise<Fingerprint> {
  const options = { ...clientDefaults, version: '1.2.3', stateDir: '/s', allocDir: '/a', ...overrides };
  return mergeFingerprints(await Promise.all(fingerprinters.map((item) => item.detect({ host, options }))));
}
async function attributes(host?: FakeHost, overrides?: Partial<ClientOptions>) {
  return (await detect(host, overrides)).attributes ?? {};
}

test('an ordinary machine has the attributes that job files ask for', async () => {
  const found = await detect(new FakeHost(), { httpAddr: '192.0.2.2:4646' });
  const expected = {
    'kernel.name': 'linux',
    'kernel.version': '6.1.0',
    'kernel.arch': 'x86_64',
    'os.name': 'debian',
    'os.version': '12.11',
    'unique.hostname': 'box',
    'cpu.arch': 'amd64',
    'cpu.numcores': '2',
    'cpu.frequency': '2600',
    'cpu.totalcompute': '5200',
    'cpu.reservablecores': '2',
    'cpu.modelname': 'Some CPU',
    'memory.totalbytes': '25769803776',
    'unique.storage.volume': '/dev/vda',
    'unique.storage.bytestotal': '107374182400',
    'unique.storage.bytesfree': '53687091200',
    'unique.network.ip-address': '192.0.2.2',
    'nomad.version': '1.6.5',
    'nomad.advertise.address': '192.0.2.2:4646',
    'serai.version': '1.2.3',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(found.attributes?.[name], value, name);
  assert.match(found.attributes?.['os.signals'] ?? '', /SIGINT,.*SIGTERM/);
  assert.deepEqual(found.cpu, { totalMhz: 5200, cores: 2, reservable: [0, 1] });
  assert.equal(found.memoryMb, 24_576);
  assert.equal(found.diskMb, 51_200);
});

test('a machine that tells nothing is still a node', async () => {
  const host = new FakeHost();
  host.files.clear();
  host.nics = [];
  const found = await detect(host);
  assert.equal(found.cpu?.cores, 1);
  assert.equal(found.cpu?.totalMhz, 1000);
  assert.equal(found.memoryMb, undefined);
  assert.equal(found.attributes?.['os.name'], 'linux');
  assert.deepEqual(found.nodeNetworks ?? [], []);
});

test('configuration overrides what was detected', async () => {
  const found = await detect(new FakeHost(), {
    cpuTotalComputeMhz: 9000,
    memoryTotalMb: 100,
    diskTotalMb: 1000,
    diskFreeMb: 500,
    reservableCores: [1],
  });
  assert.equal(found.cpu?.totalMhz, 9000);
  assert.deepEqual(found.cpu?.reservable, [1]);
  assert.equal(found.memoryMb, 100);
  assert.equal(found.diskMb, 500);
  assert.equal(found.attributes?.['unique.storage.bytestotal'], String(1000 * 1024 * 1024));
});

test('the clock comes from the kernel before cpuinfo, without turbo where it says so', async () => {
  const host = new FakeHost();
  host.files.set('/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq', '4000000\n');
  assert.equal((await attributes(host))['cpu.frequency'], '4000');
  host.files.set('/sys/devices/system/cpu/cpu0/cpufreq/base_frequency', '3000000\n');
  assert.equal((await attributes(host))['cpu.frequency'], '3000');
});

test('cores: online ones without those kept for the host', () => {
  assert.deepEqual(reservableCores([0, 1, 2, 3], null, [0]), [1, 2, 3]);
  assert.deepEqual(reservableCores([0, 1, 2, 3], [1, 2, 9], [2]), [1]);
  assert.deepEqual(parseCoreList('0-2,8\n'), [0, 1, 2, 8]);
  for (const bad of ['', 'x', '3-1', '0-4000000000', '1,,2']) assert.deepEqual(parseCoreList(bad), []);
  assert.deepEqual(parseCpuInfo('nonsense'), { ids: [], mhz: 0, model: '' });
});

test('the main interface is that of the default route with the lowest metric', () => {
  const line = (nic: string, flags: string, metric: number) =>
    `${nic}\t00000000\t0\t${flags}\t0\t0\t${metric}\t00000000\t0\t0\t0`;
  const table = ['header', line('wlan0', '0003', 600), line('eth1', '0003', 100), line('down0', '0002', 1)];
  assert.equal(defaultRouteInterface(table.join('\n')), 'eth1');
  assert.equal(defaultRouteInterface('header\n'), undefined);
});

test('networks: configured interface, dev mode on loopback, link-local only in need', async () => {
  const ip = async (overrides: Partial<ClientOptions>, host = new FakeHost()) =>
    (await attributes(host, overrides))['unique.network.ip-address'];
  assert.equal(await ip({ devMode: true }), '127.0.0.1');
  assert.equal(await ip({ networkInterface: 'lo' }), '127.0.0.1');
  assert.equal(await ip({ networkInterface: 'nope' }), undefined);
  const linkLocal = new FakeHost();
  linkLocal.nics = linkLocal.nics.filter((nic) => nic.address.startsWith('fe80') || nic.internal);
  assert.equal(await ip({}, linkLocal), 'fe80::1');
  assert.equal(
    await ip({ options: { 'fingerprint.network.disallow_link_local': 'true' } }, linkLocal),
    undefined,
  );
});

test('host networks give addresses their names; the speed is that of the interface', async () => {
  const host = new FakeHost();
  host.nics.push({
    interface: 'eth1',
    address: '10.1.0.5',
    prefix: 16,
    family: 'ipv4',
    mac: '02:00:00:00:00:02',
    internal: false,
  });
  host.files.set('/sys/class/net/eth1/speed', '10000\n');
  const { nodeNetworks, networks } = await detect(host, {
    hostNetworks: {
      private: { cidr: '10.0.0.0/8', interface: '', reservedPorts: '22,80' },
      by_name: { cidr: '', interface: 'eth1', reservedPorts: '' },
    },
  });
  assert.equal(nodeNetworks?.[0]?.Device, 'eth0', 'the main one first');
  assert.deepEqual(
    nodeNetworks?.map((net) => [net.Device, net.Speed, net.Addresses?.map((a) => `${a.Alias}=${a.Address}`)]),
    [
      ['eth0', 1000, ['default=192.0.2.2']],
      ['eth1', 10_000, ['private=10.1.0.5', 'by_name=10.1.0.5']],
    ],
  );
  assert.equal(nodeNetworks?.[1]?.Addresses?.[0]?.ReservedPorts, '22,80');
  assert.deepEqual(
    networks?.map((net) => [net.Device, net.CIDR]),
    [['eth0', '192.0.2.2/32']],
  );
});

test('addresses and networks of both families', () => {
  assert.ok(inCidr('10.1.2.3', '10.0.0.0/8'));
  assert.ok(!inCidr('11.1.2.3', '10.0.0.0/8'));
  assert.ok(inCidr('fd00::5', 'fd00::/8'));
  assert.ok(inCidr('10.0.0.1', '10.0.0.1'));
  for (const bad of ['', '10.0.0.0/33', '10.0.0.0/x', 'fd00::/8', '/8'])
    assert.ok(!inCidr('10.0.0.1', bad), bad);
});

test('cgroups: version 2 only with the controllers that limit tasks', async () => {
  const host = new FakeHost();
  const v1 = '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n';
  const v2 = '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n';
  host.files.set('/proc/self/mountinfo', v1 + v2);
  host.files.set('/sys/fs/cgroup/unified/cgroup.controllers', 'hugetlb\n');
  const hybrid = await detect(host);
  assert.equal(hybrid.attributes?.['unique.cgroup.mountpoint'], '/sys/fs/cgroup/cpu');
  assert.equal(hybrid.attributes?.['os.cgroups.version'], '1');
  assert.equal(hybrid.cgroupParent, '/nomad');
  host.files.set('/sys/fs/cgroup/unified/cgroup.controllers', 'cpuset cpu io memory pids\n');
  const unified = await detect(host, { cgroupParent: 'mine.slice' });
  assert.equal(unified.attributes?.['os.cgroups.version'], '2');
  assert.equal(unified.cgroupParent, 'mine.slice');
});

test('os-release: quotes, comments and escapes', () => {
  const release = parseOsRelease('# no\nID="my os"\nVERSION_ID=\'3\'\nNAME="a \\"b\\""\nbroken\n');
  assert.deepEqual(
    [...release],
    [
      ['ID', 'my os'],
      ['VERSION_ID', '3'],
      ['NAME', 'a "b"'],
    ],
  );
});
