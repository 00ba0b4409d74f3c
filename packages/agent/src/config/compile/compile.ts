// SPDX-License-Identifier: MPL-2.0
// From what was read to what the agent runs with.

import { AppError, type Secret } from '#base';
import { type Diagnostic, Diagnostics, formatDiagnostics } from '#hcl';
import type { NetworkInfo } from '../address/network.ts';
import type { RawConfig } from '../load/load.ts';
import { type AgentSettings, agentShape } from '../schema/agent.ts';
import {
  type AdvertiseAddresses,
  advertiseAddresses,
  type BindAddresses,
  bindAddresses,
  expand,
} from './addresses.ts';
import { checks } from './checks.ts';
import { clientJoin, type JoinConfig, serverJoin } from './join.ts';
import { currentOptions, functionDenylist } from './old-names.ts';
import { parsePorts } from './port-ranges.ts';
import { Problems } from './problems.ts';
import { compileShape } from './settings.ts';

/** All keys of the file with defaults (camel case, units in the names), and what follows from several of them. */
export interface CompiledConfig extends AgentSettings {
  readonly dev: boolean;
  readonly devConnect: boolean;
  /** Never empty: the host's name when none is given. */
  readonly name: string;
  /** Where to listen: addresses of this machine, templates expanded. */
  readonly bind: BindAddresses;
  /** What others are told, `host:port`. */
  readonly advertised: AdvertiseAddresses;
  /** Servers to join, old and new keys together. */
  readonly join: { readonly server: JoinConfig; readonly client: JoinConfig };
  /** The key of gossip, wherever it was written. */
  readonly gossipKey: Secret | null;
  /** `client.reserved.reserved_ports` as a list. */
  readonly reservedPorts: readonly number[];
  /** Files that were read, in order. */
  readonly files: readonly string[];
}

export interface CompileDependencies {
  readonly network: NetworkInfo;
}

export interface CompileResult {
  /** Present when nothing is wrong. */
  readonly config: CompiledConfig | undefined;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** Reports everything that is wrong, from reading on; never throws for it. */
export function checkConfig(raw: RawConfig, dependencies: CompileDependencies): CompileResult {
  const diagnostics = new Diagnostics();
  diagnostics.addAll(raw.diagnostics.list);
  const problems = new Problems(diagnostics, raw.root);
  const config = build(raw, { diagnostics, problems, network: dependencies.network });
  for (const check of checks) check(config, problems, { dev: raw.dev });
  return {
    config: diagnostics.hasErrors() ? undefined : config,
    errors: inFileOrder(diagnostics.errors),
    warnings: inFileOrder(diagnostics.warnings),
  };
}

/** By file, then from top to bottom; what has no place comes last. */
function inFileOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const names = [...new Set(diagnostics.map((each) => each.subject?.source.name))];
  const rank = (each: Diagnostic): number =>
    each.subject ? names.indexOf(each.subject.source.name) : names.length;
  return [...diagnostics].sort(
    (a, b) => rank(a) - rank(b) || (a.subject?.start ?? 0) - (b.subject?.start ?? 0),
  );
}

/** The configuration, or an AppError that shows every mistake. */
export function compileConfig(
  raw: RawConfig,
  dependencies: CompileDependencies,
): { config: CompiledConfig; warnings: readonly Diagnostic[] } {
  const { config, errors, warnings } = checkConfig(raw, dependencies);
  if (!config) throw new AppError('invalid', formatDiagnostics(errors));
  return { config, warnings };
}

interface Context {
  readonly diagnostics: Diagnostics;
  readonly problems: Problems;
  readonly network: NetworkInfo;
}

function build(raw: RawConfig, context: Context): CompiledConfig {
  const { problems, network } = context;
  const written = compileShape(raw.root, agentShape, context.diagnostics);
  const gossipKey = gossipKeyOf(written, problems);
  const settings: AgentSettings = {
    ...written,
    name: written.name === '' ? network.hostName : written.name,
    server: { ...written.server, encrypt: gossipKey },
    client: {
      ...written.client,
      networkInterface: clientInterface(written, raw.dev, context),
      options: currentOptions(written, problems),
      template: { ...written.client.template, functionDenylist: functionDenylist(written, problems) },
    },
    consul: { ...written.consul, address: expand('consul.address', written.consul.address, context) },
  };
  const addresses = { settings, network, problems, dev: raw.dev };
  const bind = bindAddresses(addresses);
  const reserved = parsePorts(settings.client.reserved.reservedPorts);
  return {
    ...settings,
    dev: raw.dev,
    devConnect: raw.devConnect,
    bind,
    advertised: advertiseAddresses(bind, addresses),
    join: { server: serverJoin(settings, problems), client: clientJoin(settings, problems) },
    gossipKey,
    reservedPorts: typeof reserved === 'string' ? [] : reserved,
    files: raw.files,
  };
}

/** People write the key at the top, or for clients, too, though only servers gossip. */
function gossipKeyOf(settings: AgentSettings, problems: Problems): Secret | null {
  if (settings.encrypt) {
    problems.warning(
      'encrypt',
      'encrypt belongs into the server block: server { encrypt = "…" }. It is taken as if it stood there.',
    );
  }
  if (settings.client.encrypt) {
    const effect =
      settings.server.enabled && !settings.server.encrypt
        ? 'It is taken as if it stood there.'
        : 'It has no effect here.';
    problems.warning(
      'client.encrypt',
      `Clients take no part in gossip; encrypt belongs into the server block: server { encrypt = "…" }. ${effect}`,
    );
  }
  const fallback = settings.server.enabled ? settings.client.encrypt : null;
  return settings.server.encrypt ?? settings.encrypt ?? fallback;
}

/** In development mode the client uses the loopback interface. */
function clientInterface(settings: AgentSettings, dev: boolean, context: Context): string {
  const written = expand('client.network_interface', settings.client.networkInterface, context);
  if (written !== '' || !dev) return written;
  return context.network.addresses.find((each) => each.loopback)?.name ?? '';
}
