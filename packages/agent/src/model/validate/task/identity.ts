// SPDX-License-Identifier: MPL-2.0
// What a task may prove about itself: workload identities and Vault.

import type { Task, Vault, WorkloadIdentity } from '@serai/api';
import { type ErrorList, quote } from '../error-list.ts';
import { escapesAllocDir } from '../path.ts';

const namePattern = /^[a-zA-Z0-9_.~-]{1,128}$/;

export function validateIdentities(errors: ErrorList, task: Task): void {
  if (task.Identity) validateIdentity(errors, task.Identity);
  const seen = new Set<string>();
  for (const identity of task.Identities ?? []) {
    const name = identity.Name ?? '';
    errors.addIf(seen.has(name), `Task has more than one identity named ${quote(name)}`);
    seen.add(name);
    errors.addIf(!namePattern.test(name), `Invalid identity name: ${quote(name)}`);
    errors.addIf(
      (identity.Audience ?? []).length === 0,
      `Identity ${quote(name)}: an audience (aud) is required`,
    );
    validateIdentity(errors, identity);
  }
}

function validateIdentity(errors: ErrorList, identity: WorkloadIdentity): void {
  const heading = `Identity ${quote(identity.Name ?? '')}`;
  const mode = identity.ChangeMode ?? '';
  errors.addIf(
    !['', 'noop', 'restart', 'signal'].includes(mode),
    `${heading}: invalid change_mode ${quote(mode)}; must be noop, restart or signal`,
  );
  errors.addIf(
    mode === 'signal' && (identity.ChangeSignal ?? '') === '',
    `${heading}: change_signal must be set when change_mode is signal`,
  );
  errors.addIf(
    mode !== 'signal' && (identity.ChangeSignal ?? '') !== '',
    `${heading}: can only use change_signal with change_mode "signal"`,
  );
  errors.addIf((identity.TTL ?? 0) < 0, `${heading}: ttl must not be negative`);
  errors.addIf(
    (identity.Audience ?? []).some((audience) => audience === ''),
    `${heading}: an empty string is an invalid audience`,
  );
  const path = identity.Filepath ?? '';
  errors.addIf(
    path !== '' && escapesAllocDir(path),
    `${heading}: filepath escapes allocation directory: ${quote(path)}`,
  );
}

export function validateVault(errors: ErrorList, vault: Vault): void {
  errors.addIf((vault.Policies ?? []).includes('root'), 'cannot have "root" policy in Vault block');
  errors.addIf(
    !['noop', 'restart', 'signal'].includes(vault.ChangeMode),
    `Unknown change mode ${quote(vault.ChangeMode)}`,
  );
  errors.addIf(
    vault.ChangeMode === 'signal' && vault.ChangeSignal === '',
    'Must specify signal value when change mode is signal',
  );
}
