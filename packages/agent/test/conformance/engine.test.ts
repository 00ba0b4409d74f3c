// SPDX-License-Identifier: MPL-2.0
// Every state engine against the one contract.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { TestContext } from 'node:test';
import { nullLogger } from '#base';
import { EmbeddedEngine, type Engine, MemoryEngine } from '#engine';
import { engineSuite } from './engine-suite.ts';

engineSuite('memory', {
  create: async (t) => {
    const engine = new MemoryEngine();
    t.after(() => engine.close());
    await engine.open();
    return engine;
  },
});

const directories = new WeakMap<Engine, string>();

async function openAt(directory: string, t: TestContext): Promise<Engine> {
  // Small, so that checkpoints are written all the time.
  const engine = new EmbeddedEngine({ directory, checkpointBytes: 200 }, { log: nullLogger });
  t.after(() => engine.close());
  directories.set(engine, directory);
  for await (const _ of (await engine.open()).rows);
  return engine;
}

engineSuite('embedded', {
  create: async (t) => {
    const directory = await mkdtemp(`${tmpdir()}/serai-engine-`);
    t.after(() => rm(directory, { recursive: true, force: true }));
    return openAt(directory, t);
  },
  reopen: async (engine, t) => {
    await engine.close();
    return openAt(directories.get(engine) ?? '', t);
  },
});
