// SPDX-License-Identifier: MPL-2.0
// A machine made of a few files, for fingerprints and statistics.

import type { FileSystemUsage, HostAddress, HostReader } from '#client';

const gib = 1024 ** 3;

/** Two cores at 2600 MHz, 24 GiB of memory, 100 GiB of disk, eth0 and loopback. */
export class FakeHost implements HostReader {
  readonly files = new Map<string, string>([
    ['/etc/os-release', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'],
    ['/etc/debian_version', '12.11\n'],
    [
      '/proc/cpuinfo',
      [0, 1].map((id) => `processor\t: ${id}\nmodel name\t: Some CPU\ncpu MHz\t\t: 2599.998\n`).join('\n'),
    ],
    ['/sys/devices/system/cpu/online', '0-1\n'],
    [
      '/proc/meminfo',
      'MemTotal:       25165824 kB\nMemFree:        20971520 kB\nMemAvailable:   23068672 kB\nBuffers:  0 kB\n',
    ],
    ['/proc/self/mountinfo', '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n'],
    [
      '/proc/net/route',
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n' +
        'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n' +
        'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n',
    ],
    [
      '/proc/stat',
      'cpu  20 0 20 160 0 0 0 0 0 0\ncpu0 10 0 10 80 0 0 0 0 0 0\ncpu1 10 0 10 80 0 0 0 0 0 0\n',
    ],
    ['/proc/uptime', '1234.56 2000.00\n'],
  ]);
  readonly directories = new Map<string, readonly string[]>();
  disk: FileSystemUsage = {
    size: 100 * gib,
    free: 60 * gib,
    available: 50 * gib,
    inodes: 1000,
    inodesFree: 900,
  };
  nics: HostAddress[] = [
    address('lo', '127.0.0.1', 8, { internal: true }),
    address('eth0', '192.0.2.2', 24),
    { ...address('eth0', 'fe80::1', 64), family: 'ipv6' },
  ];

  async readText(path: string): Promise<string | undefined> {
    return this.files.get(path);
  }
  async list(path: string): Promise<readonly string[]> {
    return this.directories.get(path) ?? [];
  }
  async usage(): Promise<FileSystemUsage | undefined> {
    return this.disk;
  }
  addresses(): readonly HostAddress[] {
    return this.nics;
  }
  hostname(): string {
    return 'box';
  }
  kernelName(): string {
    return 'linux';
  }
  kernelVersion(): string {
    return '6.1.0';
  }
  machine(): string {
    return 'x86_64';
  }
}

function address(nic: string, ip: string, prefix: number, rest: { internal?: boolean } = {}): HostAddress {
  return {
    interface: nic,
    address: ip,
    prefix,
    family: 'ipv4',
    mac: rest.internal ? '00:00:00:00:00:00' : '02:fc:00:00:00:01',
    internal: rest.internal ?? false,
  };
}
