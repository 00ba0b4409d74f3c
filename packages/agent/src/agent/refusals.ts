// SPDX-License-Identifier: MPL-2.0
// What a configuration may ask for that this version can't give. Starting anyway would be weaker than what was asked:
// a cluster believed to be encrypted, or locked, that is not. So the agent says what it lacks and does not start.

import { AppError } from '#base';
import type { CompiledConfig } from '#config';

interface Refusal {
  readonly asked: (config: CompiledConfig) => boolean;
  readonly text: string;
}

const refusals: readonly Refusal[] = [
  {
    asked: ({ tls }) => tls.http || tls.rpc,
    text: 'tls.http and tls.rpc: TLS is not in this version; remove the tls block and keep the ports on loopback, or wait for it',
  },
  {
    asked: ({ acl }) => acl.enabled,
    text: 'acl.enabled: ACLs are not in this version; everybody who reaches the HTTP port may do everything',
  },
  {
    asked: ({ server }) => server.enabled && server.bootstrapExpect > 1,
    text: 'server.bootstrap_expect > 1: this version runs one server; several servers come with the etcd engine',
  },
  {
    asked: ({ server, join }) =>
      server.enabled && join.server.startJoin.length + join.server.retryJoin.length > 0,
    text: 'server_join of a server: this version runs one server; several servers come with the etcd engine',
  },
  {
    asked: ({ audit }) => audit.enabled,
    text: 'audit.enabled: the audit log is not in this version',
  },
];

/** @throws AppError `unsupported` that lists all of them. */
export function refuseWhatIsMissing(config: CompiledConfig): void {
  const texts = refusals.filter(({ asked }) => asked(config)).map(({ text }) => `  * ${text}`);
  if (texts.length === 0) return;
  throw new AppError(
    'unsupported',
    `this configuration asks for what this version does not have, so the agent does not start:\n${texts.join('\n')}`,
  );
}
