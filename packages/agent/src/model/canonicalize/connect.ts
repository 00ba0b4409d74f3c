// SPDX-License-Identifier: MPL-2.0
// Defaults of connect blocks: sidecar service, sidecar task and gateways.

import { type ConsulConnect, type Input, type LogConfig, type Resources, second } from '@serai/api';
import { mapPresent, overlay, textOr } from './given.ts';

type Sidecar = NonNullable<Input<ConsulConnect>['SidecarTask']>;
type Gateway = NonNullable<Input<ConsulConnect>['Gateway']>;
type SidecarService = NonNullable<Input<ConsulConnect>['SidecarService']>;

/** What a proxy needs; in MHz and MiB. */
const sidecarResources = { CPU: 250, MemoryMB: 128 } as const;
const defaultLog: LogConfig = { MaxFiles: 10, MaxFileSizeMB: 10, Disabled: false };

export function canonicalizeConnect(connect: Input<ConsulConnect>): Input<ConsulConnect> {
  return {
    ...connect,
    SidecarService: connect.SidecarService ? canonicalizeSidecarService(connect.SidecarService) : null,
    SidecarTask: connect.SidecarTask ? canonicalizeSidecarTask(connect.SidecarTask) : null,
    Gateway: connect.Gateway ? canonicalizeGateway(connect.Gateway) : null,
  };
}

function canonicalizeSidecarService(service: SidecarService): SidecarService {
  const proxy = service.Proxy;
  if (!proxy) return service;
  const upstreams = mapPresent(proxy.Upstreams, (upstream) => ({
    ...upstream,
    DestinationType: textOr(upstream.DestinationType, 'service'),
  }));
  return { ...service, Proxy: { ...proxy, Upstreams: upstreams } };
}

/** Driver, user and command stay empty when not given: the server chooses the proxy. */
function canonicalizeSidecarTask(task: Sidecar): Sidecar {
  return {
    ...task,
    Resources: overlay<Resources>(sidecarResources, task.Resources),
    LogConfig: overlay<LogConfig>(defaultLog, task.LogConfig),
    KillTimeout: task.KillTimeout ?? 5 * second,
    ShutdownDelay: task.ShutdownDelay ?? 0,
  };
}

function canonicalizeGateway(gateway: Gateway): Gateway {
  const proxy = gateway.Proxy;
  const listeners = mapPresent(gateway.Ingress?.Listeners, (listener) => ({
    ...listener,
    Protocol: textOr(listener.Protocol, 'tcp'),
  }));
  return {
    ...gateway,
    Proxy: { ...proxy, ConnectTimeout: proxy?.ConnectTimeout ?? 5 * second },
    Ingress: gateway.Ingress ? { ...gateway.Ingress, Listeners: listeners } : null,
  };
}
