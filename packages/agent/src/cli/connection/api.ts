// SPDX-License-Identifier: MPL-2.0
// The agent as a command sees it: the typed client with the user's region, namespace and token.

import { ApiClient } from '@serai/api';
import type { CommandContext } from '../command.ts';
import type { Flags } from '../flags.ts';
import { NodeTransport } from './node-transport.ts';
import { type ApiSettings, apiSettings } from './settings.ts';

export interface Api {
  readonly client: ApiClient;
  /** '' : the agent's */
  readonly region: string;
  /** `default` when nothing was given */
  readonly namespace: string;
  /** true when the user asked for one namespace or for all of them */
  readonly namespaceGiven: boolean;
}

/** Connects lazily: the first request opens the connection. */
export function connect(context: CommandContext, flags: Flags): Api {
  const settings = apiSettings(flags, context.env);
  const transport = context.transport ?? nodeTransport(settings);
  return {
    client: new ApiClient(
      { region: settings.region, namespace: settings.namespace, token: settings.token },
      { transport },
    ),
    region: settings.region,
    namespace: settings.namespace === '' ? 'default' : settings.namespace,
    namespaceGiven: settings.namespace !== '',
  };
}

function nodeTransport({ address, httpAuth }: ApiSettings): NodeTransport['send'] {
  return new NodeTransport({ address, ...(httpAuth === '' ? {} : { httpAuth }) }).send;
}
