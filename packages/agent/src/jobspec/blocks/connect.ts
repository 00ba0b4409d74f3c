// SPDX-License-Identifier: MPL-2.0
// connect blocks of services.

import {
  ConsulConnect,
  ConsulExposeConfig,
  ConsulExposePath,
  ConsulGateway,
  ConsulGatewayBindAddress,
  ConsulGatewayProxy,
  ConsulGatewayTLSConfig,
  ConsulGatewayTLSSDSConfig,
  ConsulHTTPHeaderModifiers,
  ConsulIngressConfigEntry,
  ConsulIngressListener,
  ConsulIngressService,
  ConsulLinkedService,
  ConsulMeshConfigEntry,
  ConsulMeshGateway,
  ConsulProxy,
  ConsulSidecarService,
  ConsulTerminatingConfigEntry,
  ConsulTransparentProxy,
  ConsulUpstream,
  SidecarTask,
} from '@serai/api';
import { type BlockSpec, blockSpec, keyed, many, one } from '../decode/block-spec.ts';
import { identitySpec } from './identity.ts';
import { logsSpec, resourcesSpec } from './resources.ts';
import { volumeMountSpec } from './volume.ts';

const meshGatewaySpec: BlockSpec = blockSpec(ConsulMeshGateway, { attributes: { mode: 'Mode' } });

const upstreamSpec: BlockSpec = blockSpec(ConsulUpstream, {
  attributes: {
    destination_name: 'DestinationName',
    destination_namespace: 'DestinationNamespace',
    destination_peer: 'DestinationPeer',
    destination_partition: 'DestinationPartition',
    destination_type: 'DestinationType',
    local_bind_port: 'LocalBindPort',
    datacenter: 'Datacenter',
    local_bind_address: 'LocalBindAddress',
    local_bind_socket_path: 'LocalBindSocketPath',
    local_bind_socket_mode: 'LocalBindSocketMode',
  },
  free: { config: 'Config' },
  blocks: { mesh_gateway: one('MeshGateway', () => meshGatewaySpec) },
});

const exposePathSpec: BlockSpec = blockSpec(ConsulExposePath, {
  attributes: {
    path: 'Path',
    protocol: 'Protocol',
    local_path_port: 'LocalPathPort',
    listener_port: 'ListenerPort',
  },
});
const exposeSpec: BlockSpec = blockSpec(ConsulExposeConfig, {
  blocks: { path: many('Paths', () => exposePathSpec) },
});

const transparentProxySpec: BlockSpec = blockSpec(ConsulTransparentProxy, {
  attributes: {
    uid: 'UID',
    outbound_port: 'OutboundPort',
    exclude_inbound_ports: 'ExcludeInboundPorts',
    exclude_outbound_ports: 'ExcludeOutboundPorts',
    exclude_outbound_cidrs: 'ExcludeOutboundCIDRs',
    exclude_uids: 'ExcludeUIDs',
    no_dns: 'NoDNS',
  },
});

const proxySpec: BlockSpec = blockSpec(ConsulProxy, {
  attributes: {
    local_service_address: 'LocalServiceAddress',
    local_service_port: 'LocalServicePort',
  },
  free: { config: 'Config' },
  blocks: {
    upstreams: many('Upstreams', () => upstreamSpec),
    expose: one('Expose', () => exposeSpec),
    transparent_proxy: one('TransparentProxy', () => transparentProxySpec),
  },
});

const sidecarServiceSpec: BlockSpec = blockSpec(ConsulSidecarService, {
  attributes: {
    tags: 'Tags',
    port: 'Port',
    disable_default_tcp_check: 'DisableDefaultTCPCheck',
  },
  maps: { meta: 'Meta' },
  blocks: { proxy: one('Proxy', () => proxySpec) },
});

const sidecarTaskSpec: BlockSpec = blockSpec(SidecarTask, {
  attributes: {
    name: 'Name',
    driver: 'Driver',
    user: 'User',
    kill_timeout: 'KillTimeout',
    kill_signal: 'KillSignal',
    shutdown_delay: 'ShutdownDelay',
  },
  maps: { env: 'Env', meta: 'Meta' },
  free: { config: 'Config' },
  blocks: {
    resources: one('Resources', () => resourcesSpec),
    logs: one('LogConfig', () => logsSpec),
    volume_mount: many('VolumeMounts', () => volumeMountSpec),
    identity: many('Identities', () => identitySpec),
  },
});

const bindAddressSpec: BlockSpec = blockSpec(ConsulGatewayBindAddress, {
  labelField: 'Name',
  attributes: { address: 'Address', port: 'Port' },
});
const gatewayProxySpec: BlockSpec = blockSpec(ConsulGatewayProxy, {
  attributes: {
    connect_timeout: 'ConnectTimeout',
    envoy_gateway_bind_tagged_addresses: 'EnvoyGatewayBindTaggedAddresses',
    envoy_gateway_no_default_bind: 'EnvoyGatewayNoDefaultBind',
    envoy_dns_discovery_type: 'EnvoyDNSDiscoveryType',
  },
  free: { config: 'Config' },
  blocks: { envoy_gateway_bind_addresses: keyed('EnvoyGatewayBindAddresses', () => bindAddressSpec) },
});
const sdsSpec: BlockSpec = blockSpec(ConsulGatewayTLSSDSConfig, {
  attributes: { cluster_name: 'ClusterName', cert_resource: 'CertResource' },
});
const gatewayTlsSpec: BlockSpec = blockSpec(ConsulGatewayTLSConfig, {
  attributes: {
    enabled: 'Enabled',
    tls_min_version: 'TLSMinVersion',
    tls_max_version: 'TLSMaxVersion',
    cipher_suites: 'CipherSuites',
  },
  blocks: { sds: one('SDS', () => sdsSpec) },
});
const headersSpec: BlockSpec = blockSpec(ConsulHTTPHeaderModifiers, {
  attributes: { remove: 'Remove' },
  maps: { add: 'Add', set: 'Set' },
});
const ingressServiceSpec: BlockSpec = blockSpec(ConsulIngressService, {
  attributes: {
    name: 'Name',
    hosts: 'Hosts',
    max_connections: 'MaxConnections',
    max_pending_requests: 'MaxPendingRequests',
    max_concurrent_requests: 'MaxConcurrentRequests',
  },
  blocks: {
    tls: one('TLS', () => gatewayTlsSpec),
    request_headers: one('RequestHeaders', () => headersSpec),
    response_headers: one('ResponseHeaders', () => headersSpec),
  },
});
const listenerSpec: BlockSpec = blockSpec(ConsulIngressListener, {
  attributes: { port: 'Port', protocol: 'Protocol' },
  blocks: { service: many('Services', () => ingressServiceSpec) },
});
const ingressSpec: BlockSpec = blockSpec(ConsulIngressConfigEntry, {
  blocks: { tls: one('TLS', () => gatewayTlsSpec), listener: many('Listeners', () => listenerSpec) },
});
const linkedServiceSpec: BlockSpec = blockSpec(ConsulLinkedService, {
  attributes: {
    name: 'Name',
    ca_file: 'CAFile',
    cert_file: 'CertFile',
    key_file: 'KeyFile',
    sni: 'SNI',
  },
});
const terminatingSpec: BlockSpec = blockSpec(ConsulTerminatingConfigEntry, {
  blocks: { service: many('Services', () => linkedServiceSpec) },
});
const meshSpec: BlockSpec = blockSpec(ConsulMeshConfigEntry, {});

const gatewaySpec: BlockSpec = blockSpec(ConsulGateway, {
  blocks: {
    proxy: one('Proxy', () => gatewayProxySpec),
    ingress: one('Ingress', () => ingressSpec),
    terminating: one('Terminating', () => terminatingSpec),
    mesh: one('Mesh', () => meshSpec),
  },
});

export const connectSpec: BlockSpec = blockSpec(ConsulConnect, {
  attributes: { native: 'Native' },
  blocks: {
    sidecar_service: one('SidecarService', () => sidecarServiceSpec),
    sidecar_task: one('SidecarTask', () => sidecarTaskSpec),
    gateway: one('Gateway', () => gatewaySpec),
  },
});
