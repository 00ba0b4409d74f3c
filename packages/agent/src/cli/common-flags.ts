// SPDX-License-Identifier: MPL-2.0
// Flags that many commands share.

import { UsageError } from './command.ts';
import type { FlagSpecs, Flags } from './flags.ts';

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

/** Lists that the agent cuts into pages. */
export const pageFlags: FlagSpecs = {
  filter: { kind: 'text', hint: 'expression', help: 'Only what this filter expression matches.' },
  'per-page': { kind: 'int', help: 'Items on a page.' },
  'page-token': { kind: 'text', hint: 'token', help: 'Where the page starts: what the page before named.' },
};

export function pageOptions(flags: Flags): {
  readonly filter?: string;
  readonly perPage?: number;
  readonly nextToken?: string;
} {
  return {
    ...(flags.has('filter') ? { filter: flags.text('filter') } : {}),
    ...(flags.has('per-page') ? { perPage: flags.int('per-page') } : {}),
    ...(flags.has('page-token') ? { nextToken: flags.text('page-token') } : {}),
  };
}

/** For people who look at a page: how to see the next one. */
export function nextPageText(command: string, nextToken: string): string {
  return `\nResults have been paginated. To get the next page run:\n\nserai ${command} -page-token=${nextToken}`;
}

export function exactArgs(args: readonly string[], count: number, what: string): void {
  if (args.length === count) return;
  const takes =
    count === 0
      ? 'takes no arguments'
      : `takes ${count === 1 ? 'one argument' : `${count} arguments`}: ${what}`;
  throw new UsageError(`this command ${takes}`);
}
