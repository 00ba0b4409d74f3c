// SPDX-License-Identifier: MPL-2.0
// /proc/stat: what each core did since the machine started. Pure.

/** In clock ticks. */
export interface CpuTimes {
  readonly user: number;
  readonly system: number;
  readonly idle: number;
  readonly total: number;
}

/** Per core ("cpu0", …), without the sum of all. */
export function parseCpuTimes(text: string): Map<string, CpuTimes> {
  const out = new Map<string, CpuTimes>();
  for (const line of text.split('\n')) {
    const match = /^(cpu\d+)\s+(.*)$/.exec(line);
    if (!match) continue;
    const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = (
      match[2] ?? ''
    )
      .split(/\s+/)
      .map(Number);
    out.set(match[1] ?? '', {
      user: user + nice,
      system: system + irq + softIrq,
      idle: idle + ioWait,
      total: user + nice + system + idle + ioWait + irq + softIrq + steal,
    });
  }
  return out;
}

/** Shares of the time between two samples, in percent; without an earlier one: since the machine started. */
export function cpuPercent(
  before: CpuTimes | undefined,
  now: CpuTimes,
): { user: number; system: number; idle: number; total: number } {
  const span = now.total - (before?.total ?? 0);
  if (span <= 0) return { user: 0, system: 0, idle: 100, total: 0 };
  const share = (key: 'user' | 'system' | 'idle'): number =>
    Math.min(100, Math.max(0, ((now[key] - (before?.[key] ?? 0)) / span) * 100));
  const idle = share('idle');
  return { user: share('user'), system: share('system'), idle, total: 100 - idle };
}
