// SPDX-License-Identifier: MPL-2.0
// What a file may cost. Every limit ends in a diagnostic, never in a hang or a crash.

export interface HclLimits {
  /** Bytes of one source text. */
  readonly sourceBytes: number;
  /** Nested blocks, brackets and templates. Bounds recursion, so also the stack. */
  readonly depth: number;
  /** Syntax tree nodes of one file (expressions, arguments, blocks). */
  readonly nodes: number;
  /** Evaluation steps: one per visited node and per produced element, functions by the size of what they read and write. */
  readonly steps: number;
  /** Characters of one string that an expression produces. */
  readonly stringLength: number;
  /** Elements of one collection that an expression produces. */
  readonly collectionLength: number;
}

/**
 * For text of a user. About 10 million steps take some hundred milliseconds, so a caller on the main thread uses
 * `inlineLimits` first and a worker thread beyond them (see runIsolated).
 */
export const defaultLimits: HclLimits = {
  sourceBytes: 1024 * 1024,
  depth: 200,
  nodes: 400_000,
  steps: 5_000_000,
  stringLength: 4 * 1024 * 1024,
  collectionLength: 200_000,
};

/** What is certain to end within the 50 ms that the event loop may be held: parse and evaluate together. */
export const inlineLimits: HclLimits = {
  ...defaultLimits,
  sourceBytes: 96 * 1024,
  nodes: 40_000,
  steps: 100_000,
  stringLength: 512 * 1024,
  collectionLength: 20_000,
};
