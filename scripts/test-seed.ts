// SPDX-License-Identifier: MPL-2.0
// Loaded before test files with properties: the same seed in each run, so that a failure is never a matter of luck.
// `SERAI_SEED=random npm test` looks for new ones; a number repeats that run.

import fc from 'fast-check';

const wanted = process.env['SERAI_SEED'] ?? '20261122';
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
