// SPDX-License-Identifier: MPL-2.0
// The files a supervisor leaves in its state directory: lines of `key=number`.

/** Who is who; with start times, since a pid alone may be somebody else's by now. */
export interface ProcessRecord {
  readonly pid: number;
  /** clock ticks since boot, field 22 of /proc/<pid>/stat */
  readonly startTicks: number;
  readonly supervisorPid: number;
  readonly supervisorStartTicks: number;
  /** of the boot in which all this is true */
  readonly bootId: string;
  /** path of the cgroup that holds the task's processes, if it has one */
  readonly cgroup?: string;
}

export interface ExitRecord {
  /** as wait4() gives it */
  readonly status: number;
  readonly maxRssBytes: number;
  readonly userMs: number;
  readonly systemMs: number;
  /** output that no disk would take */
  readonly droppedLogBytes: number;
}

/** Undefined when the text is not a whole record. */
export function parseProcessRecord(text: string): ProcessRecord | undefined {
  const fields = parseLines(text);
  const bootId = fields.get('boot');
  const [pid, startTicks, supervisorPid, supervisorStartTicks] = numbersOf(fields, [
    'pid',
    'start',
    'supervisor',
    'supervisor_start',
  ]);
  if (bootId === undefined || !pid || !supervisorPid) return undefined;
  if (startTicks === undefined || supervisorStartTicks === undefined) return undefined;
  const cgroup = fields.get('cgroup');
  const record = { pid, startTicks, supervisorPid, supervisorStartTicks, bootId };
  return cgroup?.startsWith('/') ? { ...record, cgroup } : record;
}

/** Undefined when the text is not a whole record. */
export function parseExitRecord(text: string): ExitRecord | undefined {
  const [status, maxRssKb, userUs, systemUs, dropped] = numbersOf(parseLines(text), [
    'status',
    'maxrss_kb',
    'user_us',
    'system_us',
    'dropped_log_bytes',
  ]);
  if (status === undefined || dropped === undefined) return undefined;
  return {
    status,
    maxRssBytes: (maxRssKb ?? 0) * 1024,
    userMs: (userUs ?? 0) / 1000,
    systemMs: (systemUs ?? 0) / 1000,
    droppedLogBytes: dropped,
  };
}

/** A wait status taken apart: the exit code of a task that a signal ended is 128 + signal, as shells and Nomad say it. */
export function decodeStatus(status: number): { exitCode: number; signal: number } {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff, signal: 0 } : { exitCode: 128 + signal, signal };
}

function parseLines(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  if (!text.endsWith('\n')) return fields;
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1));
  }
  return fields;
}

function numbersOf(fields: ReadonlyMap<string, string>, keys: readonly string[]): (number | undefined)[] {
  return keys.map((key) => {
    const text = fields.get(key);
    return text !== undefined && /^\d{1,19}$/.test(text) ? Number(text) : undefined;
  });
}
