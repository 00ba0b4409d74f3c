// SPDX-License-Identifier: MPL-2.0
// HCL to job for the HTTP API: the text comes from somebody else, so no files and no long computations.

import type { Clock, Random } from '#base';
import type { ParseJob } from '#http';
import { parseJobAsync } from '#jobspec';
import { canonicalizeJob } from '#model';

export function jobParser(deps: {
  readonly random: Random;
  readonly clock: Clock;
  readonly region: string;
}): ParseJob {
  return async ({ source, variables, canonicalize, hcl1 }) => {
    const varFiles = variables === '' ? [] : [{ name: 'variables', text: variables }];
    const { job } = await parseJobAsync({ source, filename: 'job', varFiles, hcl1 }, deps);
    return canonicalize ? canonicalizeJob(job, { region: deps.region }) : job;
  };
}
