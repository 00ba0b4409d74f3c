// SPDX-License-Identifier: MPL-2.0
// Fakes and factories for tests. Imported by tests only.

export * from './advance-until.ts';
export * from './client-bench.ts';
export * from './fake-agent-info.ts';
export * from './fake-driver.ts';
export * from './fake-host.ts';
export * from './fake-node.ts';
export * from './fake-node-server.ts';
export * from './fake-rpc.ts';
export * from './fake-terminal.ts';
export * from './fake-transport.ts';
export * from './faulty-disk.ts';
export * from './gated-engine.ts';
export * from './memory-server.ts';
export * from './mock-alloc.ts';
export * from './mock-eval.ts';
export * from './mock-job.ts';
export * from './mock-node.ts';
export * from './scheduler-harness.ts';
export * from './test-cluster.ts';
export * from './test-http.ts';
export * from './test-state.ts';
export * from './virtual-clock.ts';
