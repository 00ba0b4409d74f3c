// SPDX-License-Identifier: MPL-2.0
// All layers in order: environment, development defaults, files, flags.

import { Diagnostics, parseHcl, Scope } from '#hcl';
import { agentShape } from '../schema/agent.ts';
import { devConfig } from './dev.ts';
import { type Environment, environmentLayer } from './environment.ts';
import { type ConfigFiles, configFilesOf, diskFiles, readConfigFile } from './files.ts';
import { type AgentFlags, flagLayer } from './flags.ts';
import { mergeNodes } from './merge.ts';
import { ConfigNode } from './node.ts';
import { readShape } from './read.ts';
import { hideSecrets } from './secret-text.ts';

export interface LoadOptions {
  /** Values of -config, in order. */
  readonly paths: readonly string[];
  readonly flags?: AgentFlags;
  readonly environment?: Environment;
}

/** What was read, not yet compiled. */
export interface RawConfig {
  readonly root: ConfigNode;
  /** -dev or -dev-connect was given. */
  readonly dev: boolean;
  readonly devConnect: boolean;
  /** The files that were read, in order. */
  readonly files: readonly string[];
  /** Mistakes and warnings so far. */
  readonly diagnostics: Diagnostics;
}

/** Mistakes in files are in the diagnostics; paths that can't be read throw. */
export function loadConfig(options: LoadOptions, files: ConfigFiles = diskFiles): RawConfig {
  const diagnostics = new Diagnostics();
  const scope = Scope.root({ diagnostics, unknown: 'text' });
  const flags = options.flags ?? {};
  const devConnect = isOn(flags['dev-connect']);
  const dev = devConnect || isOn(flags['dev']) || isOn(flags['dev-consul']) || isOn(flags['dev-vault']);
  const read: string[] = [];
  const layers = [environmentLayer(options.environment ?? {}, scope)];
  if (dev) layers.push(parseConfig({ name: '-dev', text: devConfig }, diagnostics));
  for (const path of options.paths) {
    const found = configFilesOf(path, files);
    if (found.length === 0) diagnostics.warning('Empty path', `No configuration loaded from ${path}.`);
    for (const file of found) {
      layers.push(parseConfig({ name: file, text: readConfigFile(file, files) }, diagnostics));
      read.push(file);
    }
  }
  layers.push(flagLayer(flags, scope));
  const root = layers.reduce((before, after) =>
    mergeNodes(before, after, { shape: agentShape, diagnostics }),
  );
  return { root, dev, devConnect, files: read, diagnostics };
}

/** One file, native or JSON whatever its name is. */
export function parseConfig(
  input: { name: string; text: string | Uint8Array },
  diagnostics: Diagnostics,
): ConfigNode {
  const file = parseHcl(input, { diagnostics, dialect: 'hcl1' });
  hideSecrets(file.source);
  const scope = Scope.root({ diagnostics, unknown: 'text' });
  const node = new ConfigNode();
  readShape(file.body, { shape: agentShape, node, path: '' }, scope);
  return node;
}

function isOn(flag: AgentFlags[string] | undefined): boolean {
  return flag === true || flag === 'true' || flag === '1';
}
