// SPDX-License-Identifier: MPL-2.0
// Job files: HCL2 and JSON to the job that is submitted, the formatter of `fmt`, the examples of `job init`, and the
// job as `job run -output` prints it. Everything is synchronous and pure except parseJobAsync, which may use a worker
// thread. Must not know servers, clients or state; defaults and validation are the model's.

export { toApiJob } from './api-job.ts';
export { jobFormat } from './format/format.ts';
export * from './init.ts';
export { localFiles } from './local-files.ts';
export {
  type ParsedJob,
  type ParseJobDependencies,
  type ParseJobInput,
  parseJob,
} from './parse.ts';
export { type ParseJobAsyncDependencies, parseJobAsync } from './parse-async.ts';
