// SPDX-License-Identifier: MPL-2.0
// The block tables against the API's objects and against the file that uses everything.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { BlockSpec } from '../decode/block-spec.ts';
import { jobSpec } from './job.ts';

const everything = readFileSync(
  new URL('../../../test/golden/jobspec/everything.nomad.hcl', import.meta.url),
  'utf8',
);

/** Every table that a job file can reach, with the path to it. */
function allSpecs(): Map<BlockSpec, string> {
  const found = new Map<BlockSpec, string>();
  const visit = (spec: BlockSpec, path: string): void => {
    if (found.has(spec)) return;
    found.set(spec, path);
    for (const [name, nested] of Object.entries(spec.blocks)) visit(nested.spec(), `${path}.${name}`);
  };
  visit(jobSpec, 'job');
  return found;
}

test('every name of a table fills a field that exists', () => {
  for (const [spec, path] of allSpecs()) {
    const fields = spec.schema.fields ?? {};
    const nested = Object.values(spec.blocks).map((each) => each.field);
    const targets = [spec.attributes, spec.maps, spec.free].flatMap((table) => Object.values(table));
    for (const field of [...targets, ...nested]) assert.ok(field in fields, `${path}: no field ${field}`);
  }
});

test('every name of a table stands in the file that uses everything', () => {
  for (const [spec, path] of allSpecs()) {
    const names = [spec.attributes, spec.maps, spec.free, spec.blocks, spec.extraBlocks].flatMap((table) =>
      Object.keys(table),
    );
    for (const name of [...names, ...spec.extraAttributes]) {
      assert.match(everything, new RegExp(`^\\s*${name}\\b`, 'm'), `${path}.${name}`);
    }
  }
});

/** Fields that no job file sets: servers and API clients do. */
const notWritten: Readonly<Record<string, readonly string[]>> = {
  Job: [
    'Stop',
    'ParentID',
    'Dispatched',
    'DispatchIdempotencyToken',
    'Payload',
    'ConsulNamespace',
    'VaultNamespace',
    'NomadTokenID',
    'Status',
    'StatusDescription',
    'Stable',
    'Version',
    'SubmitTime',
    'CreateIndex',
    'ModifyIndex',
    'JobModifyIndex',
    'VersionTag',
  ],
  Task: ['Identity'],
  Service: ['Namespace'],
  ServiceCheck: ['Header'],
  NetworkResource: ['ReservedPorts', 'DynamicPorts'],
  ScalingPolicy: ['ID', 'Type', 'Target', 'CreateIndex', 'ModifyIndex'],
  PeriodicConfig: ['SpecType'],
};

test('every field of the API can be written in a job file, but for those that servers fill', () => {
  for (const [spec, path] of allSpecs()) {
    const name = spec.schema.name ?? '';
    const written = new Set([
      ...[spec.attributes, spec.maps, spec.free].flatMap((table) => Object.values(table)),
      ...Object.values(spec.blocks).map((each) => each.field),
      ...(spec.labelField === undefined ? [] : [spec.labelField]),
      ...(notWritten[name] ?? []),
    ]);
    for (const field of Object.keys(spec.schema.fields ?? {}))
      assert.ok(written.has(field), `${path}: nothing fills ${name}.${field}`);
  }
});
