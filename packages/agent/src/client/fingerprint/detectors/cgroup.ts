// SPDX-License-Identifier: MPL-2.0
// Which cgroup hierarchy can hold tasks.

import { parseMountInfo } from '../../host/mounts.ts';
import type { Fingerprinter } from '../fingerprinter.ts';

export const cgroupFingerprinter: Fingerprinter = {
  name: 'cgroup',
  periodMs: 15_000,
  async detect({ host, options }) {
    const mounts = parseMountInfo((await host.readText('/proc/self/mountinfo')) ?? '');
    const v2 = mounts.find((mount) => mount.type === 'cgroup2');
    if (v2) {
      // a hybrid system mounts v2 as well, but without the controllers that limit tasks
      const controllers =
        (await host.readText(`${v2.mountPoint}/cgroup.controllers`))?.trim().split(' ') ?? [];
      if (controllers.includes('memory') && controllers.includes('cpu'))
        return describe('2', v2.mountPoint, options.cgroupParent || 'nomad.slice');
    }
    const v1 = mounts.find((mount) => mount.type === 'cgroup' && mount.superOptions.includes('cpu'));
    if (v1) return describe('1', v1.mountPoint, options.cgroupParent || '/nomad');
    return {};
  },
};

function describe(version: string, mountPoint: string, parent: string) {
  return {
    attributes: {
      'unique.cgroup.mountpoint': mountPoint,
      'unique.cgroup.version': `v${version}`,
      'os.cgroups.version': version,
    },
    cgroupParent: parent,
  };
}
