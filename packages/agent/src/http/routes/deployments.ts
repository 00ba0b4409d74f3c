// SPDX-License-Identifier: MPL-2.0
import {
  Deployment_Allocations,
  Deployment_Fail,
  Deployment_GetDeployment,
  Deployment_List,
  Deployment_Pause,
  Deployment_Promote,
  Deployment_SetAllocHealth,
  type DeploymentUpdateResponse,
  type routes,
} from '@serai/api';
import { AppError } from '#base';
import type { HandlersOf } from '../request/call.ts';
import { json, type Outcome } from '../response/outcome.ts';
import { found, listed } from './found.ts';

export const deploymentHandlers: HandlersOf<typeof routes.deployments> = {
  list: async (call) => {
    const reply = await call.services.rpc.call(Deployment_List, call.read(), call);
    return listed(reply.Deployments, reply);
  },

  get: async (call) => {
    const args = { ...call.read(), DeploymentID: call.params.id };
    const reply = await call.services.rpc.call(Deployment_GetDeployment, args, call);
    return found(reply.Deployment, reply, 'deployment not found');
  },

  allocations: async (call) => {
    const args = { ...call.read(), DeploymentID: call.params.id };
    const reply = await call.services.rpc.call(Deployment_Allocations, args, call);
    return listed(reply.Allocations, reply);
  },

  fail: async (call) => {
    const args = { ...call.write(), DeploymentID: call.params.id };
    return updated(await call.services.rpc.call(Deployment_Fail, args, call));
  },

  pause: async (call) => {
    checkId(call.body.DeploymentID, call.params.id);
    const args = { ...call.write(), ...call.body };
    return updated(await call.services.rpc.call(Deployment_Pause, args, call));
  },

  promote: async (call) => {
    checkId(call.body.DeploymentID, call.params.id);
    const args = { ...call.write(), ...call.body };
    return updated(await call.services.rpc.call(Deployment_Promote, args, call));
  },

  setHealth: async (call) => {
    checkId(call.body.DeploymentID, call.params.id);
    const args = { ...call.write(), ...call.body };
    return updated(await call.services.rpc.call(Deployment_SetAllocHealth, args, call));
  },
};

function checkId(bodyId: string, pathId: string): void {
  if (bodyId === '') throw new AppError('invalid', 'DeploymentID must be specified');
  if (bodyId !== pathId) throw new AppError('invalid', 'Deployment ID does not match');
}

function updated(reply: DeploymentUpdateResponse): Outcome {
  return json(reply, { Index: reply.Index });
}
