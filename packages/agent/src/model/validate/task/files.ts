// SPDX-License-Identifier: MPL-2.0
// What puts files into a task's directory: artifacts, templates, the dispatch payload.

import type { Task, TaskArtifact, Template } from '@serai/api';
import { type ErrorList, quote } from '../error-list.ts';
import { escapesAllocDir, isInterpolated } from '../path.ts';

/** Length of a checksum in hexadecimal digits. */
const checksumDigits: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

export function validateArtifact(errors: ErrorList, artifact: TaskArtifact): void {
  errors.addIf(artifact.GetterSource === '', 'source must be specified');
  errors.addIf(
    !['any', 'file', 'dir'].includes(artifact.GetterMode),
    `invalid artifact mode ${quote(artifact.GetterMode)}; must be one of: any, file, dir`,
  );
  errors.addIf(
    escapesAllocDir(artifact.RelativeDest),
    `destination escapes allocation directory: ${quote(artifact.RelativeDest)}`,
  );
  validateChecksum(errors, artifact.GetterOptions?.['checksum']);
}

function validateChecksum(errors: ErrorList, checksum: string | undefined): void {
  if (checksum === undefined || isInterpolated(checksum)) return;
  if (checksum === '') {
    errors.add('checksum value cannot be empty');
    return;
  }
  const [type = '', value] = checksum.split(':', 2);
  if (value === undefined) {
    errors.add(`checksum must be given as type:value; got ${quote(checksum)}`);
    return;
  }
  if (type === 'file') return;
  const digits = checksumDigits[type];
  if (digits === undefined) {
    errors.add(`unsupported checksum type: ${type}`);
    return;
  }
  errors.addIf(!/^[0-9a-fA-F]*$/.test(value), `invalid checksum: ${quote(value)} is not hexadecimal`);
  errors.addIf(
    value.length !== digits,
    `invalid ${type} checksum: ${quote(value)} has ${value.length} digits instead of ${digits}`,
  );
}

export function validateTemplate(errors: ErrorList, template: Template): void {
  errors.addIf(
    template.SourcePath === '' && template.EmbeddedTmpl === '',
    'Must specify a source path or have an embedded template',
  );
  errors.addIf(template.DestPath === '' && !template.Envvars, 'Must specify a destination for the template');
  errors.addIf(
    escapesAllocDir(template.DestPath),
    `destination escapes allocation directory: ${quote(template.DestPath)}`,
  );
  validateTemplateChange(errors, template);
  errors.addIf(template.Splay < 0, 'Must specify positive splay value');
  errors.addIf(
    !/^[0-7]{1,4}$/.test(template.Perms),
    `Failed to parse ${quote(template.Perms)} as octal: permissions are written like "0644"`,
  );
  const min = template.Wait?.Min ?? null;
  const max = template.Wait?.Max ?? null;
  errors.addIf(min !== null && max !== null && min > max, 'wait min must be less than or equal to wait max');
  errors.addIf((min ?? 0) < 0 || (max ?? 0) < 0, 'wait min and max must not be negative');
}

function validateTemplateChange(errors: ErrorList, template: Template): void {
  switch (template.ChangeMode) {
    case 'noop':
    case 'restart':
      return;
    case 'signal':
      errors.addIf(template.ChangeSignal === '', 'Must specify signal value when change mode is signal');
      errors.addIf(template.Envvars, 'cannot use signals with env var templates');
      return;
    case 'script': {
      const script = template.ChangeScript;
      if (!script) {
        errors.add('must specify change_script configuration value when change mode is script');
        return;
      }
      errors.addIf(script.Command === '', 'must specify script command value when change mode is script');
      errors.addIf(script.Timeout < 0, 'change_script timeout must not be negative');
      return;
    }
    default:
      errors.add(
        `Invalid change mode given: ${quote(template.ChangeMode)}; must be one of noop, restart, signal, script`,
      );
  }
}

export function validateTaskFiles(errors: ErrorList, task: Task): void {
  for (const [i, artifact] of (task.Artifacts ?? []).entries())
    errors.nest(`Artifact ${i + 1} validation failed`, (inner) => validateArtifact(inner, artifact));
  const destinations = new Map<string, number>();
  for (const [i, template] of (task.Templates ?? []).entries()) {
    errors.nest(`Template ${i + 1} validation failed`, (inner) => validateTemplate(inner, template));
    if (template.DestPath === '') continue;
    const first = destinations.get(template.DestPath);
    if (first === undefined) destinations.set(template.DestPath, i + 1);
    else errors.add(`Template ${i + 1} has same destination as ${first}`);
  }
  const payloadFile = task.DispatchPayload?.File ?? '';
  errors.addIf(
    payloadFile !== '' && escapesAllocDir(payloadFile),
    `Dispatch Payload validation failed: destination escapes allocation directory: ${quote(payloadFile)}`,
  );
}
