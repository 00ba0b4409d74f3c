// SPDX-License-Identifier: MPL-2.0
// Plain TCP connections to an RPC listener.

import { connect, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, type Clock } from '#base';
import { defaultRpcPort } from '../limits.ts';
import { connectionError } from '../wire-error.ts';

/** Opens a connection to `host:port`; rejects with a connection error of kind `dial`. */
export type Dial = (address: string, signal: AbortSignal) => Promise<Duplex>;

/** Time for a TCP connection to come about; then the next server is tried. */
export const dialTimeoutMs = 10_000;

/** `host:port`, `[v6]:port` or a host alone. */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultRpcPort : Number(match[3]);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  // A bare IPv6 address has colons but no port.
  if (isIPv6(address)) return { host: address, port: defaultRpcPort };
  throw new AppError('invalid', `"${address}" is no server address: write host:port`);
}

export function tcpDial(clock: Clock, timeoutMs = dialTimeoutMs): Dial {
  return async (address, signal) => {
    const { host, port } = parseAddress(address);
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const timer = clock.after(timeoutMs, () => socket.destroy(new Error('i/o timeout')), { unref: true });
    const onAbort = (): void => {
      socket.destroy(new Error('canceled'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await connected(socket);
      return socket;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw connectionError('dial', `failed to get conn: dial tcp ${address}: ${reason}`, {
        cause: error,
        address,
      });
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      // From here on the session listens; between the two nothing may be unhandled.
      socket.on('error', () => {});
      resolve();
    });
    socket.once('error', reject);
  });
}
