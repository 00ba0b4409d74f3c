// SPDX-License-Identifier: MPL-2.0
// HCL2: lexer, parser, evaluation, functions, diagnostics, bodies in native and JSON syntax, input variables.
// Knows nothing of jobs, agents or policies: they describe what they want with a BodySchema.
//
// How to read a file:
//   const diagnostics = new Diagnostics();
//   const file = parseHcl({ name: 'web.nomad', text }, { diagnostics });          // native or JSON, found by content
//   const scope = Scope.root({ diagnostics, functions: standardFunctions({ random }), unknown: 'text', variables: {...} });
//   const root = new Body(file.body, scope, { dynamicBlocks: true });
//   const content = root.content(schemaOf(['region'], { job: ['id'] }));          // reports what is not expected
//   content.attribute('region')?.string();                                       // reports a wrong type, returns undefined
//   for (const block of content.blocksOf('job')) block.body.content(...);
//   diagnostics.throwIfErrors();
//
// Variables: const scope2 = inputScope(content.blocks, { environment, files, flags }, scope), then block.body.withScope(scope2).
// Untrusted text on the main thread: parse with `inlineLimits`; when diagnostics.limitReached, do it again in a worker
// thread with `defaultLimits` (runInWorker + answerParent).

export * from './body/attribute.ts';
export * from './body/body.ts';
export * from './body/object-body.ts';
export * from './body/opaque.ts';
export * from './body/raw-body.ts';
export * from './body/schema.ts';
export * from './diagnostic.ts';
export { evaluate } from './eval/evaluate.ts';
export * from './eval/scope.ts';
export * from './file.ts';
export * from './functions/spec.ts';
export { standardFunctions } from './functions/standard.ts';
export * from './limits.ts';
export * from './source.ts';
export * from './suggestion.ts';
export type * from './syntax/ast.ts';
export { parseSingleExpression } from './syntax/parser.ts';
export { isName } from './syntax/scanner.ts';
export { ConversionError, convert } from './value/convert.ts';
export { formatNumber } from './value/number.ts';
export * from './value/type.ts';
export { printType, typeOfExpression } from './value/type-expression.ts';
export * from './value/value.ts';
export * from './variables/assignment.ts';
export * from './variables/declaration.ts';
export * from './variables/inputs.ts';
export * from './variables/locals.ts';
export * from './worker/answer-parent.ts';
export * from './worker/run-in-worker.ts';
