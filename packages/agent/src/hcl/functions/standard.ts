// SPDX-License-Identifier: MPL-2.0
// All functions of a job file.

import { collectionFunctions } from './collection.ts';
import { cryptoFunctions } from './crypto.ts';
import { dateFunctions } from './date.ts';
import { encodingFunctions } from './encoding/table.ts';
import { fileFunctions } from './file.ts';
import { ipFunctions } from './ip.ts';
import { numericFunctions } from './numeric.ts';
import { setFunctions } from './sets.ts';
import type { FunctionOptions, FunctionSpec, FunctionTable } from './spec.ts';
import { specialFunctions } from './special.ts';
import { formatFunctions } from './text/format.ts';
import { stringFunctions } from './text/string.ts';

export function standardFunctions(options: FunctionOptions): FunctionTable {
  const all: readonly FunctionSpec[] = [
    ...numericFunctions,
    ...stringFunctions,
    ...formatFunctions,
    ...collectionFunctions,
    ...setFunctions,
    ...encodingFunctions,
    ...fileFunctions(options.files),
    ...dateFunctions,
    ...cryptoFunctions(options.random),
    ...ipFunctions,
    ...specialFunctions,
  ];
  return new Map(all.map((spec) => [spec.name, spec]));
}
