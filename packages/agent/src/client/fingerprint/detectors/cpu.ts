// SPDX-License-Identifier: MPL-2.0
// Cores, clock and what both together make: "compute" in MHz, the unit of the `cpu` of a task.

import type { HostReader } from '../../host/host-reader.ts';
import type { Fingerprinter } from '../fingerprinter.ts';
import { parseCoreList } from './core-list.ts';

/** Taken when no clock can be found out (virtual machines, some ARM boards). */
const fallbackMhz = 1000;

const archNames: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  i686: '386',
  i386: '386',
};

export const cpuFingerprinter: Fingerprinter = {
  name: 'cpu',
  periodMs: 0,
  async detect({ host, options }) {
    const info = parseCpuInfo((await host.readText('/proc/cpuinfo')) ?? '');
    const online = parseCoreList((await host.readText('/sys/devices/system/cpu/online')) ?? '');
    const ids = online.length > 0 ? online : info.ids;
    const cores = Math.max(1, ids.length);
    const mhz = (await maxFrequencyMhz(host, ids)) ?? (info.mhz > 0 ? info.mhz : fallbackMhz);
    const totalMhz = options.cpuTotalComputeMhz > 0 ? options.cpuTotalComputeMhz : cores * mhz;
    const reservable = reservableCores(ids, options.reservableCores, options.reserved.cores);
    return {
      attributes: {
        'cpu.arch': archNames[host.machine()] ?? host.machine(),
        'cpu.numcores': String(cores),
        'cpu.frequency': String(mhz),
        'cpu.totalcompute': String(totalMhz),
        'cpu.reservablecores': String(reservable.length),
        ...(info.model === '' ? {} : { 'cpu.modelname': info.model }),
      },
      cpu: { totalMhz, cores, reservable },
    };
  },
};

/** Cores that tasks may have for themselves: those configured (else all), without the host's own. */
export function reservableCores(
  online: readonly number[],
  configured: readonly number[] | null,
  reserved: readonly number[],
): readonly number[] {
  const kept = new Set(reserved);
  return online.filter((id) => !kept.has(id) && (configured === null || configured.includes(id)));
}

export function parseCpuInfo(text: string): { ids: number[]; mhz: number; model: string } {
  const ids: number[] = [];
  let mhz = 0;
  let model = '';
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const key = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (key === 'processor') ids.push(Number(value));
    else if (key === 'cpu MHz') mhz = Math.max(mhz, Math.round(Number(value)) || 0);
    else if (key === 'model name' && model === '') model = value;
  }
  return { ids, mhz, model };
}

/** The highest clock that the kernel says a core can keep, in MHz. */
async function maxFrequencyMhz(host: HostReader, ids: readonly number[]): Promise<number | undefined> {
  const first = ids[0] ?? 0;
  const base = `/sys/devices/system/cpu/cpu${first}/cpufreq`;
  // base_frequency leaves turbo out: promising turbo to every core would oversubscribe the machine
  for (const file of ['base_frequency', 'cpuinfo_max_freq']) {
    const khz = Number((await host.readText(`${base}/${file}`))?.trim());
    if (khz > 0) return Math.round(khz / 1000);
  }
  return undefined;
}
