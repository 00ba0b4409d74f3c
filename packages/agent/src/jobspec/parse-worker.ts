// SPDX-License-Identifier: MPL-2.0
// Entry of the worker thread that parses large job files. Does nothing when it is loaded elsewhere.

import { answerParent } from '#hcl';
import { parseInWorker } from './parse-async.ts';

answerParent(parseInWorker);
