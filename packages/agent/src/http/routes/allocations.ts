// SPDX-License-Identifier: MPL-2.0
import { Alloc_GetAlloc, Alloc_List, Alloc_Stop, type routes } from '@serai/api';
import type { HandlersOf } from '../request/call.ts';
import { json } from '../response/outcome.ts';
import { found, listed } from './found.ts';

export const allocationHandlers: HandlersOf<typeof routes.allocations> = {
  list: async (call) => {
    const { resources, task_states } = call.query;
    const Fields = { Resources: resources, TaskStates: task_states };
    const reply = await call.services.rpc.call(Alloc_List, { ...call.read(), Fields }, call);
    return listed(reply.Allocations, reply);
  },

  get: async (call) => {
    const args = { ...call.read(), AllocID: call.params.id };
    const reply = await call.services.rpc.call(Alloc_GetAlloc, args, call);
    return found(reply.Alloc, reply, 'alloc not found');
  },

  stop: async (call) => {
    const args = { ...call.write(), AllocID: call.params.id, NoShutdownDelay: call.query.no_shutdown_delay };
    const reply = await call.services.rpc.call(Alloc_Stop, args, call);
    return json(reply, { Index: reply.Index });
  },
};
