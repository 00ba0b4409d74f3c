// SPDX-License-Identifier: MPL-2.0
// Statistics of and actions on a client. The server finds the node and passes the call on.

import {
  ClientAllocations_GarbageCollect,
  ClientAllocations_GarbageCollectAll,
  ClientAllocations_Restart,
  ClientAllocations_Signal,
  ClientAllocations_Stats,
  ClientStats_Stats,
  type routes,
} from '@serai/api';
import { AppError } from '#base';
import type { AgentInfo } from '../doors.ts';
import type { HandlersOf } from '../request/call.ts';
import { empty, json } from '../response/outcome.ts';

export const clientHandlers: HandlersOf<typeof routes.client> = {
  stats: async (call) => {
    const NodeID = nodeId(call.query.node_id, call.services.agent);
    const args = { ...call.read(), NodeID, SecretID: '' };
    const reply = await call.services.rpc.call(ClientStats_Stats, args, call);
    return json(reply.HostStats);
  },

  gc: async (call) => {
    const NodeID = nodeId(call.query.node_id, call.services.agent);
    await call.services.rpc.call(
      ClientAllocations_GarbageCollectAll,
      { ...call.read(), NodeID, SecretID: '' },
      call,
    );
    return empty();
  },

  allocStats: async (call) => {
    const args = { ...call.read(), AllocID: call.params.id, Task: call.query.task ?? '' };
    const reply = await call.services.rpc.call(ClientAllocations_Stats, args, call);
    return json(reply.Stats);
  },

  allocGc: async (call) => {
    await call.services.rpc.call(
      ClientAllocations_GarbageCollect,
      { ...call.read(), AllocID: call.params.id },
      call,
    );
    return empty();
  },

  allocRestart: async (call) => {
    const { TaskName = '', AllTasks = false } = call.body ?? {};
    if (TaskName !== '' && AllTasks)
      throw new AppError('invalid', 'Can\'t provide "TaskName" and "AllTasks" at the same time');
    const args = { ...call.read(), AllocID: call.params.id, TaskName, AllTasks };
    return json(await call.services.rpc.call(ClientAllocations_Restart, args, call));
  },

  allocSignal: async (call) => {
    const args = { ...call.read(), AllocID: call.params.id, ...call.body };
    return json(await call.services.rpc.call(ClientAllocations_Signal, args, call));
  },
};

/** The node that was named, else the one that runs in this agent. */
function nodeId(named: string | undefined, agent: AgentInfo): string {
  const id = named ?? agent.nodeId();
  if (id === undefined) throw new AppError('invalid', 'No local Node and node_id not provided');
  return id;
}
