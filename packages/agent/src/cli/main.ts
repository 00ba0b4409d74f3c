// SPDX-License-Identifier: MPL-2.0
// Entry of the program. Finds the command and loads its module, nothing else: `version` must not pay for the rest.

import { versionText } from './version.ts';

async function main(argv: readonly string[]): Promise<number> {
  const [first] = argv;
  if (first === 'version' || first === '-v' || first === '-version' || first === '--version') {
    if (argv.length === 1) {
      process.stdout.write(`${versionText()}\n`);
      return 0;
    }
  }
  const { runCli } = await import('./run.ts');
  return runCli(argv);
}

process.exitCode = await main(process.argv.slice(2));
