// SPDX-License-Identifier: MPL-2.0
// Names that were replaced but still work: the value moves to the new name.

import type { AgentSettings } from '../schema/agent.ts';
import type { Problems } from './problems.ts';

const optionNames: Readonly<Record<string, string>> = {
  'driver.whitelist': 'driver.allowlist',
  'driver.blacklist': 'driver.denylist',
  'fingerprint.whitelist': 'fingerprint.allowlist',
  'fingerprint.blacklist': 'fingerprint.denylist',
  'env.blacklist': 'env.denylist',
  'user.blacklist': 'user.denylist',
};

/** client.options with today's names. A value under the new name wins. */
export function currentOptions(
  settings: AgentSettings,
  problems: Problems,
): Readonly<Record<string, string>> {
  const options: Record<string, string> = { ...settings.client.options };
  for (const [old, current] of Object.entries(optionNames)) {
    const value = options[old];
    if (value === undefined) continue;
    delete options[old];
    options[current] ??= value;
    problems.warning(
      'client.options',
      `the option ${JSON.stringify(old)} is now called ${JSON.stringify(current)}`,
    );
  }
  return options;
}

/** client.template.function_denylist, also under its old name. */
export function functionDenylist(settings: AgentSettings, problems: Problems): readonly string[] {
  const { template } = settings.client;
  if (template.functionBlacklist.length === 0) return template.functionDenylist;
  problems.warning(
    'client.template.function_blacklist',
    'function_blacklist is now called function_denylist',
  );
  return problems.isSet('client.template.function_denylist')
    ? template.functionDenylist
    : template.functionBlacklist;
}
