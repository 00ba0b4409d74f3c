// SPDX-License-Identifier: MPL-2.0
// Rules about Nomad's objects that do not depend on where they are stored or run: defaults, validation, differences,
// equality, what an allocation takes from a node. Pure functions from values to values. Must not know state, network,
// HCL or drivers.

export * from './alloc.ts';
export * from './bexpr/filter.ts';
export * from './canonicalize/job.ts';
export { defaultReschedulePolicy, defaultRestartPolicy, defaultUpdate } from './canonicalize/policies.ts';
export * from './cron.ts';
export { annotateDiff } from './diff/annotate.ts';
export { diffJobs } from './diff/job.ts';
export * from './equality.ts';
export * from './job-changed.ts';
export * from './job-input.ts';
export * from './job-status.ts';
export * from './meta.ts';
export * from './node-class.ts';
export * from './paginate.ts';
export * from './plan.ts';
export * from './resources.ts';
export * from './tasks-updated.ts';
export { formatErrors, formatWarnings } from './validate/error-list.ts';
export * from './validate/job.ts';
export * from './validate/job-update.ts';
export { escapesAllocDir } from './validate/path.ts';
export * from './version.ts';
