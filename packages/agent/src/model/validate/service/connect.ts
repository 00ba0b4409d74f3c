// SPDX-License-Identifier: MPL-2.0
// Consul Connect blocks of a service.

import type { ConsulConnect, Service } from '@serai/api';
import { type ErrorList, quote } from '../error-list.ts';
import type { ServiceOwner } from './service.ts';

type Gateway = NonNullable<ConsulConnect['Gateway']>;
type Proxy = NonNullable<NonNullable<ConsulConnect['SidecarService']>['Proxy']>;

export function validateConnect(errors: ErrorList, service: Service, owner: ServiceOwner): void {
  const connect = service.Connect;
  if (!connect) return;
  const kinds = [connect.Native, connect.SidecarService !== null, connect.Gateway !== null];
  errors.addIf(
    kinds.filter(Boolean).length !== 1,
    'Consul Connect must be exactly one of native, sidecar_service or gateway',
  );
  const kind = connect.Native ? 'native' : connect.Gateway ? 'gateway' : 'sidecar_service';
  errors.addIf(
    kind !== 'native' && owner.task !== undefined,
    `Consul Connect ${kind} is for services of a group; move the service of task ${quote(owner.task?.Name ?? '')} into the group`,
  );
  if (connect.SidecarService?.Proxy) validateProxy(errors, connect.SidecarService.Proxy);
  if (connect.Gateway) validateGateway(errors, connect.Gateway);
  if (kind !== 'sidecar_service') return;
  const mode = owner.group.Networks?.[0]?.Mode ?? '';
  errors.addIf(
    mode !== 'bridge' && !mode.startsWith('cni/'),
    'Consul Connect sidecars require bridge or cni network',
  );
}

function validateProxy(errors: ErrorList, proxy: Proxy): void {
  for (const [i, upstream] of (proxy.Upstreams ?? []).entries()) {
    const transparent = proxy.TransparentProxy !== null && proxy.TransparentProxy !== undefined;
    errors.addIf(upstream.DestinationName === '', `upstream ${i + 1} needs a destination_name`);
    const bound = upstream.LocalBindPort > 0 || upstream.LocalBindSocketPath !== '';
    errors.addIf(
      !bound && !transparent,
      `upstream ${quote(upstream.DestinationName)} needs local_bind_port or local_bind_socket_path`,
    );
    errors.addIf(
      !['', 'none', 'local', 'remote'].includes(upstream.MeshGateway.Mode),
      `Connect mesh_gateway mode ${quote(upstream.MeshGateway.Mode)} not supported`,
    );
  }
}

function validateGateway(errors: ErrorList, gateway: Gateway): void {
  const kinds = [gateway.Ingress, gateway.Terminating, gateway.Mesh].filter((kind) => kind !== null);
  errors.addIf(
    kinds.length !== 1,
    'One Consul Gateway Configuration must be set: ingress, terminating or mesh',
  );
  const listeners = gateway.Ingress?.Listeners ?? [];
  errors.addIf(
    gateway.Ingress !== null && listeners.length === 0,
    'Consul Ingress Gateway requires at least one listener',
  );
  for (const listener of listeners) {
    errors.addIf(
      listener.Port < 1 || listener.Port > 65_535,
      `Consul Ingress Listener requires valid Port; got ${listener.Port}`,
    );
    errors.addIf(
      !['tcp', 'http', 'http2', 'grpc'].includes(listener.Protocol),
      `Consul Ingress Listener requires protocol of tcp, http, http2, grpc, got ${quote(listener.Protocol)}`,
    );
    errors.addIf(
      (listener.Services?.length ?? 0) === 0,
      'Consul Ingress Listener requires one or more services',
    );
    errors.addIf(
      listener.Protocol === 'tcp' && (listener.Services?.length ?? 0) > 1,
      'Consul Ingress Listener with protocol tcp can have one service only',
    );
  }
  const linked = gateway.Terminating?.Services ?? [];
  errors.addIf(
    gateway.Terminating !== null && linked.length === 0,
    'Consul Terminating Gateway requires at least one service',
  );
  for (const service of linked) errors.addIf(service.Name === '', 'Consul Linked Service requires Name');
}
