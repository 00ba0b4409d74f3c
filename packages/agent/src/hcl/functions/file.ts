// SPDX-License-Identifier: MPL-2.0
// abspath basename dirname file filebase64 fileexists fileset pathexpand

import { posix } from 'node:path';
import { define, text } from './define.ts';
import { ArgumentError, type FileAccess, FunctionError, type FunctionSpec } from './spec.ts';

/** Files that fileset() may return. */
const maxFiles = 10_000;

export function fileFunctions(files: FileAccess | undefined): readonly FunctionSpec[] {
  const access = (): FileAccess => {
    if (files) return files;
    throw new FunctionError(
      'filesystem function disabled: files can only be read where the job file is parsed locally',
    );
  };
  return [
    define(
      'basename',
      [text('path')],
      (args) => posix.basename(args.text(0)) || (args.text(0) === '' ? '.' : '/'),
    ),
    define('dirname', [text('path')], (args) => posix.dirname(args.text(0))),
    define('abspath', [text('path')], (args) => access().absolute(args.text(0))),
    define('pathexpand', [text('path')], (args) => access().expandHome(args.text(0))),
    define('file', [text('path')], (args, { budget }) => {
      const bytes = read(access(), args.text(0), budget.limits.stringLength);
      budget.chargeText(bytes.byteLength);
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        throw new ArgumentError(
          0,
          `contents of ${args.text(0)} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents`,
        );
      }
    }),
    define('filebase64', [text('path')], (args, { budget }) => {
      const bytes = read(access(), args.text(0), Math.floor((budget.limits.stringLength * 3) / 4));
      const encoded = Buffer.from(bytes).toString('base64');
      budget.chargeText(encoded.length);
      return encoded;
    }),
    define('fileexists', [text('path')], (args) => guarded(() => access().exists(args.text(0)))),
    define('fileset', [text('path'), text('pattern')], (args, { budget }) => {
      const found = guarded(() => access().glob(args.text(0), args.text(1), maxFiles));
      budget.chargeElements(found.length);
      return [...found];
    }),
  ];
}

function read(files: FileAccess, path: string, maxBytes: number): Uint8Array {
  return guarded(() => files.read(path, maxBytes));
}

/** Errors of the access are messages for the user. */
function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FunctionError || error instanceof ArgumentError) throw error;
    throw new ArgumentError(0, error instanceof Error ? error.message : String(error));
  }
}
