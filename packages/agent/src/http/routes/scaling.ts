// SPDX-License-Identifier: MPL-2.0
import { Job_Scale, Job_ScaleStatus, type routes, Scaling_GetPolicy, Scaling_ListPolicies } from '@serai/api';
import { AppError } from '#base';
import type { HandlersOf } from '../request/call.ts';
import { json } from '../response/outcome.ts';
import { found, listed } from './found.ts';

export const scalingHandlers: HandlersOf<typeof routes.scaling> = {
  jobStatus: async (call) => {
    const args = { ...call.read(), JobID: call.params.id };
    const reply = await call.services.rpc.call(Job_ScaleStatus, args, call);
    return found(reply.JobScaleStatus, reply, 'job not found');
  },

  scaleJob: async (call) => {
    const { Target, ...scaling } = call.body;
    const job = Target?.['Job'] ?? '';
    if (job !== '' && job !== call.params.id)
      throw new AppError('invalid', 'job ID in payload did not match URL');
    const args = { ...call.write(), ...scaling, Target, JobID: call.params.id };
    const reply = await call.services.rpc.call(Job_Scale, args, call);
    return json(reply, { Index: reply.Index });
  },

  policies: async (call) => {
    const { job = '', type = '' } = call.query;
    const reply = await call.services.rpc.call(
      Scaling_ListPolicies,
      { ...call.read(), Job: job, Type: type },
      call,
    );
    return listed(reply.Policies, reply);
  },

  policy: async (call) => {
    const args = { ...call.read(), ID: call.params.id };
    const reply = await call.services.rpc.call(Scaling_GetPolicy, args, call);
    return found(reply.Policy, reply, 'policy not found');
  },
};
