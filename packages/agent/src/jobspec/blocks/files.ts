// SPDX-License-Identifier: MPL-2.0
// artifact, template and dispatch_payload.

import { ChangeScript, DispatchPayloadConfig, second, TaskArtifact, Template, WaitConfig } from '@serai/api';
import { type BlockSpec, blockSpec, one } from '../decode/block-spec.ts';

export const artifactSpec: BlockSpec = blockSpec(TaskArtifact, {
  attributes: {
    source: 'GetterSource',
    destination: 'RelativeDest',
    mode: 'GetterMode',
    insecure: 'GetterInsecure',
    chown: 'Chown',
  },
  maps: { options: 'GetterOptions', headers: 'GetterHeaders' },
});

const changeScriptSpec: BlockSpec = blockSpec(ChangeScript, {
  attributes: {
    command: 'Command',
    args: 'Args',
    timeout: 'Timeout',
    fail_on_error: 'FailOnError',
    run_on_first_render: 'RunOnFirstRender',
  },
});

const waitSpec: BlockSpec = blockSpec(WaitConfig, { attributes: { min: 'Min', max: 'Max' } });

export const templateSpec: BlockSpec = blockSpec(Template, {
  attributes: {
    source: 'SourcePath',
    destination: 'DestPath',
    data: 'EmbeddedTmpl',
    change_mode: 'ChangeMode',
    change_signal: 'ChangeSignal',
    once: 'Once',
    splay: 'Splay',
    perms: 'Perms',
    uid: 'Uid',
    gid: 'Gid',
    left_delimiter: 'LeftDelim',
    right_delimiter: 'RightDelim',
    env: 'Envvars',
    vault_grace: 'VaultGrace',
    error_on_missing_key: 'ErrMissingKey',
  },
  blocks: {
    change_script: one('ChangeScript', () => changeScriptSpec),
    wait: one('Wait', () => waitSpec),
  },
  finish: (fields) => {
    const signal = fields['ChangeSignal'];
    const upper = typeof signal === 'string' ? { ChangeSignal: signal.toUpperCase() } : {};
    return { ChangeMode: 'restart', Splay: 5 * second, Perms: '0644', ...fields, ...upper };
  },
});

export const dispatchPayloadSpec: BlockSpec = blockSpec(DispatchPayloadConfig, {
  attributes: { file: 'File' },
});
