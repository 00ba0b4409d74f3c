// SPDX-License-Identifier: MPL-2.0
// Flags that many commands share.

import { UsageError } from './command.ts';
import type { FlagSpecs } from './flags.ts';

export const verboseFlag: FlagSpecs = { verbose: { kind: 'bool', help: 'Show full ids and more columns.' } };
export const detachFlag: FlagSpecs = {
  detach: { kind: 'bool', help: 'Return at once with the id of the evaluation instead of following it.' },
};
export const jsonFlag: FlagSpecs = { json: { kind: 'bool', help: 'Print the API object as JSON.' } };

/** Job file input, for run, plan and validate. */
export const jobFileFlags: FlagSpecs = {
  json: { kind: 'bool', help: 'Read the file as JSON, in the form of the HTTP API or of the HCL.' },
  hcl1: { kind: 'bool', help: 'Read the file by the rules of HCL1.' },
  'hcl2-strict': {
    kind: 'bool',
    default: true,
    help: 'Refuse values for variables that the file does not declare.',
  },
  var: { kind: 'list', hint: 'key=value', help: 'Value of an input variable.' },
  'var-file': { kind: 'list', hint: 'path', help: 'File with values of input variables.' },
};

export function exactArgs(args: readonly string[], count: number, what: string): void {
  if (args.length === count) return;
  const takes =
    count === 0
      ? 'takes no arguments'
      : `takes ${count === 1 ? 'one argument' : `${count} arguments`}: ${what}`;
  throw new UsageError(`this command ${takes}`);
}
