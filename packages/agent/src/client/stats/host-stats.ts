// SPDX-License-Identifier: MPL-2.0
// How busy the machine is. Percentages are of the time since the sample before.

import type { HostStats } from '@serai/api';
import type { Clock } from '#base';
import type { HostReader } from '../host/host-reader.ts';
import { parseMemInfo } from '../host/meminfo.ts';
import { parseMountInfo } from '../host/mounts.ts';
import { type CpuTimes, cpuPercent, parseCpuTimes } from './cpu-times.ts';

type DiskStats = NonNullable<HostStats['AllocDirStats']>;

/** File systems that hold data; the rest of the mounts is machinery. */
const diskTypes: ReadonlySet<string> = new Set(
  'ext2 ext3 ext4 xfs btrfs zfs f2fs reiserfs jfs vfat exfat ntfs bcachefs'.split(' '),
);
/** Disks in one answer; a machine with more mounts than this has them by accident. */
const maxDisks = 64;

export interface HostStatsOptions {
  readonly allocDir: string;
  /** what all cores do together, MHz: turns percent into ticks */
  readonly totalMhz: () => number;
}

export class HostStatsCollector {
  readonly #options: HostStatsOptions;
  readonly #host: HostReader;
  readonly #clock: Clock;
  #times: ReadonlyMap<string, CpuTimes> = new Map();
  #latest: HostStats | undefined;

  constructor(options: HostStatsOptions, dependencies: { readonly host: HostReader; readonly clock: Clock }) {
    this.#options = options;
    this.#host = dependencies.host;
    this.#clock = dependencies.clock;
  }

  /** The last sample; takes one when there is none. */
  async latest(): Promise<HostStats> {
    return this.#latest ?? (await this.collect());
  }

  async collect(): Promise<HostStats> {
    const [cpu, memory, mounts, uptime, allocDir] = await Promise.all([
      this.#host.readText('/proc/stat'),
      this.#host.readText('/proc/meminfo'),
      this.#host.readText('/proc/self/mountinfo'),
      this.#host.readText('/proc/uptime'),
      this.#diskOf(this.#options.allocDir, '', ''),
    ]);
    const cpus = this.#cpus(cpu ?? '');
    const memInfo = parseMemInfo(memory ?? '');
    this.#latest = {
      Memory: {
        Total: memInfo.total,
        Available: memInfo.available,
        Used: Math.max(0, memInfo.total - memInfo.available),
        Free: memInfo.free,
      },
      CPU: cpus,
      DiskStats: await this.#disks(mounts ?? ''),
      AllocDirStats: allocDir ?? null,
      DeviceStats: [],
      Uptime: Math.floor(Number((uptime ?? '').split(' ')[0]) || 0),
      Timestamp: this.#clock.nowNs(),
      CPUTicksConsumed: cpus.reduce((sum, core) => sum + core.TotalTicks, 0),
    };
    return this.#latest;
  }

  #cpus(text: string): NonNullable<HostStats['CPU']>[number][] {
    const now = parseCpuTimes(text);
    const mhzPerCore = now.size > 0 ? this.#options.totalMhz() / now.size : 0;
    const cpus = [...now].map(([CPU, times]) => {
      const percent = cpuPercent(this.#times.get(CPU), times);
      return {
        CPU,
        User: percent.user,
        System: percent.system,
        Idle: percent.idle,
        TotalPercent: percent.total,
        TotalTicks: (percent.total / 100) * mhzPerCore,
      };
    });
    this.#times = now;
    return cpus;
  }

  async #disks(mountInfo: string): Promise<DiskStats[]> {
    const mounts = parseMountInfo(mountInfo).filter((mount) => diskTypes.has(mount.type));
    const bySource = new Map(mounts.toReversed().map((mount) => [mount.source, mount]));
    const found = await Promise.all(
      [...bySource.values()]
        .slice(0, maxDisks)
        .map((mount) => this.#diskOf(mount.mountPoint, mount.source, mount.mountPoint)),
    );
    return found.flatMap((disk) => disk ?? []);
  }

  async #diskOf(path: string, device: string, mountPoint: string): Promise<DiskStats | undefined> {
    const usage = await this.#host.usage(path);
    if (!usage || usage.size === 0) return undefined;
    const used = usage.size - usage.free;
    const usable = used + usage.available;
    const inodesUsed = usage.inodes - usage.inodesFree;
    return {
      Device: device,
      Mountpoint: mountPoint,
      Size: usage.size,
      Used: used,
      Available: usage.available,
      UsedPercent: usable > 0 ? (used / usable) * 100 : 0,
      InodesUsedPercent: usage.inodes > 0 ? (inodesUsed / usage.inodes) * 100 : 0,
    };
  }
}
