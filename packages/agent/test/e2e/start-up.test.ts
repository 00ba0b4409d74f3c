// SPDX-License-Identifier: MPL-2.0
// How long an agent takes until it answers, and until its node is ready. The figures are printed; the bounds are wide,
// because the machine may be busy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './stage/program.ts';
import { Stage } from './stage/stage.ts';

/** Wanted: 1.5 s and 3 s. */
const boundMs = 10_000;

test('an agent answers soon, and its node is ready', async (t) => {
  const stage = new Stage(t);
  const address = stage.address();
  const start = performance.now();
  const starting = stage.agent({ address });
  const ask = async (path: string): Promise<Response> => fetch(`http://${address}:4646${path}`);
  await eventually('the API answers', boundMs, async () => {
    const response = await ask('/v1/agent/health');
    await response.arrayBuffer();
    return true;
  });
  const answeredMs = performance.now() - start;
  await eventually('the node is ready', boundMs, async () => {
    const nodes = (await (await ask('/v1/nodes')).json()) as { Status: string }[];
    return nodes[0]?.Status === 'ready' ? true : undefined;
  });
  const readyMs = performance.now() - start;
  await starting;
  t.diagnostic(`API after ${answeredMs.toFixed(0)} ms, node ready after ${readyMs.toFixed(0)} ms`);
  assert.ok(answeredMs < boundMs);
  assert.ok(readyMs < boundMs);
});
