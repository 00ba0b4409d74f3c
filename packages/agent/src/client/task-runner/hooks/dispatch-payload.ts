// SPDX-License-Identifier: MPL-2.0
// Writes the payload of a dispatched job where the task asked for it.

import type { TaskHook } from '../task-hook.ts';

export const dispatchPayloadHook: TaskHook = {
  name: 'dispatch_payload',
  prestart: async ({ allocDir, job, task }) => {
    const file = task.DispatchPayload?.File ?? '';
    if (file === '' || job.Payload === null) return {};
    await allocDir.writeLocalFile(task.Name, file, Buffer.from(job.Payload, 'base64'));
    return {};
  },
};
