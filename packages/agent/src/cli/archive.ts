// SPDX-License-Identifier: MPL-2.0
// Saved state files. The code that reads them is part of the agent, which other commands must not load.

import type { ArchiveFacts } from '#agent';

export async function inspectArchiveFile(path: string): Promise<ArchiveFacts> {
  const agent = await import('#agent');
  return agent.inspectArchiveFile(path);
}
