// SPDX-License-Identifier: MPL-2.0
// Defaults of network blocks and their ports.

import type { Input, NetworkResource, Port } from '@serai/api';
import { mapPresent, textOr } from './given.ts';

export function canonicalizeNetwork(network: Input<NetworkResource>): Input<NetworkResource> {
  return {
    ...network,
    Mode: textOr(network.Mode, 'host'),
    ReservedPorts: mapPresent(network.ReservedPorts, canonicalizePort),
    DynamicPorts: mapPresent(network.DynamicPorts, canonicalizePort),
  };
}

function canonicalizePort(port: Input<Port>): Input<Port> {
  return { ...port, HostNetwork: textOr(port.HostNetwork, 'default') };
}
