// SPDX-License-Identifier: MPL-2.0
// Expressions: conditionals, operators by precedence, postfix steps, primaries.

import type { BinaryOperator, Expression, Step } from './ast.ts';
import { parseBraces, parseBrackets } from './collection-parser.ts';
import { type Cursor, describeToken } from './cursor.ts';
import type { TokenKind } from './scanner.ts';

/** Higher binds tighter. All are left associative. */
const precedence: Partial<Record<TokenKind, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() => {
    const start = cursor.start;
    const condition = parseBinary(cursor, 1);
    if (!cursor.at('?')) return condition;
    cursor.advance();
    const then = parseExpression(cursor);
    if (!cursor.at(':')) {
      cursor.fail(
        'Missing false expression in conditional',
        'The conditional operator (...?...:...) requires a false expression, delimited by a colon.',
      );
    }
    cursor.advance();
    const otherwise = parseExpression(cursor);
    cursor.countNode();
    return { kind: 'conditional', condition, then, otherwise, range: cursor.rangeFrom(start) };
  });
}

function parseBinary(cursor: Cursor, lowest: number): Expression {
  const start = cursor.start;
  let left = parseUnary(cursor);
  for (;;) {
    const level = precedence[cursor.kind];
    if (level === undefined || level < lowest) return left;
    const operator = cursor.kind as BinaryOperator;
    cursor.advance();
    const right = parseBinary(cursor, level + 1);
    cursor.countNode();
    left = { kind: 'binary', operator, left, right, range: cursor.rangeFrom(start) };
  }
}

function parseUnary(cursor: Cursor): Expression {
  const operator = cursor.kind;
  if (operator !== '-' && operator !== '!') return parsePostfix(cursor);
  return cursor.nested(() => {
    const start = cursor.start;
    cursor.advance();
    const operand = parseUnary(cursor);
    cursor.countNode();
    return { kind: 'unary', operator, operand, range: cursor.rangeFrom(start) };
  });
}

function parsePostfix(cursor: Cursor): Expression {
  const start = cursor.start;
  return parseSteps(cursor, parsePrimary(cursor), start);
}

/** Everything that can follow a term: `.name`, `.0`, `.*`, `[key]`, `[*]`. */
function parseSteps(cursor: Cursor, term: Expression, start: number): Expression {
  let current = term;
  for (;;) {
    if (cursor.at('.')) current = parseDot(cursor, current, start);
    else if (cursor.at('[')) current = parseIndex(cursor, current, start);
    else return current;
  }
}

function parseDot(cursor: Cursor, term: Expression, start: number): Expression {
  const dot = cursor.start;
  cursor.advance();
  if (cursor.at('name')) {
    const key = cursor.text;
    cursor.advance();
    return addStep(cursor, term, { key, form: 'attribute', range: cursor.rangeFrom(dot) }, start);
  }
  if (cursor.at('number')) {
    cursor.splitDigits();
    const key = Number(cursor.text);
    cursor.advance();
    return addStep(cursor, term, { key, form: 'index', range: cursor.rangeFrom(dot) }, start);
  }
  if (cursor.at('*')) {
    cursor.advance();
    return finishSplat(cursor, { source: term, start, full: false });
  }
  cursor.fail(
    'Invalid attribute name',
    `An attribute name is required after a dot, not ${describeToken(cursor)}.`,
  );
}

function parseIndex(cursor: Cursor, term: Expression, start: number): Expression {
  const open = cursor.start;
  if (cursor.peekKind() === '*') {
    cursor.withNewlines(false, () => {
      cursor.advance();
      cursor.advance();
      closeIndex(cursor);
    });
    cursor.advance();
    return finishSplat(cursor, { source: term, start, full: true });
  }
  const key = cursor.withNewlines(false, () => {
    cursor.advance();
    const inner = parseExpression(cursor);
    closeIndex(cursor);
    return inner;
  });
  cursor.advance();
  const constant = constantKey(key);
  if (constant !== undefined) {
    return addStep(cursor, term, { key: constant, form: 'index', range: cursor.rangeFrom(open) }, start);
  }
  cursor.countNode();
  return { kind: 'index', collection: term, key, range: cursor.rangeFrom(start) };
}

function closeIndex(cursor: Cursor): void {
  if (cursor.at(']')) return;
  cursor.fail('Missing close bracket on index', 'The index operator must end with a closing bracket ("]").');
}

function constantKey(key: Expression): string | number | undefined {
  if (key.kind === 'literal' && typeof key.value === 'number') return key.value;
  if (key.kind !== 'template') return undefined;
  if (key.parts.length === 0) return '';
  const part = key.parts[0];
  return key.parts.length === 1 && part?.kind === 'text' ? part.text : undefined;
}

function addStep(cursor: Cursor, term: Expression, step: Step, start: number): Expression {
  cursor.countNode();
  const range = cursor.rangeFrom(start);
  if (term.kind === 'traversal' || term.kind === 'relative-traversal') {
    // The term was made here and nobody else holds it, so the list can grow in place; copies would be quadratic.
    (term.steps as Step[]).push(step);
    return { ...term, range };
  }
  return { kind: 'relative-traversal', source: term, steps: [step], range };
}

/** `.*` takes attribute steps only and leaves `[…]` to the result; `[*]` takes everything that follows. */
function finishSplat(
  cursor: Cursor,
  splat: { source: Expression; start: number; full: boolean },
): Expression {
  const at = cursor.previousEnd;
  let each: Expression = { kind: 'splat-item', range: cursor.source.range(at, at) };
  return cursor.nested(() => {
    if (splat.full) each = parseSteps(cursor, each, at);
    else while (cursor.at('.') && cursor.peekKind() !== '*') each = parseDot(cursor, each, at);
    cursor.countNode();
    return { kind: 'splat', source: splat.source, each, range: cursor.rangeFrom(splat.start) };
  });
}

function parsePrimary(cursor: Cursor): Expression {
  cursor.countNode();
  switch (cursor.kind) {
    case 'number':
      return parseNumber(cursor);
    case 'name':
      return parseName(cursor);
    case '"':
    case '<<':
      return cursor.grammar.template(cursor);
    case '(':
      return parseParentheses(cursor);
    case '[':
      return parseBrackets(cursor);
    case '{':
      return parseBraces(cursor);
    default:
      return missingExpression(cursor);
  }
}

function missingExpression(cursor: Cursor): never {
  if (cursor.at('open-comment')) {
    cursor.fail('Unterminated comment', 'This comment is never closed with "*/".', openRange(cursor));
  }
  if (cursor.at('bad') && (cursor.text === "'" || cursor.text === '`')) {
    cursor.fail('Invalid character', `Strings are written in double quotes ("), not in ${cursor.text}.`);
  }
  cursor.fail(
    'Invalid expression',
    `Expected the start of an expression, but found ${describeToken(cursor)}.`,
  );
}

function openRange(cursor: Cursor): ReturnType<Cursor['source']['range']> {
  return cursor.source.range(cursor.start, cursor.start + 2);
}

function parseNumber(cursor: Cursor): Expression {
  const range = cursor.range;
  const value = Number(cursor.text);
  if (!Number.isFinite(value)) cursor.fail('Invalid number literal', 'This number is too large.');
  cursor.advance();
  return { kind: 'literal', value, range };
}

function parseName(cursor: Cursor): Expression {
  const range = cursor.range;
  const name = cursor.text;
  cursor.advance();
  if (cursor.at('(')) return parseCall(cursor, name, range.start);
  if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true', range };
  if (name === 'null') return { kind: 'literal', value: null, range };
  return { kind: 'traversal', root: name, rootRange: range, steps: [], range };
}

function parseCall(cursor: Cursor, name: string, start: number): Expression {
  const nameRange = cursor.source.range(start, start + name.length);
  const open = cursor.range;
  const args: Expression[] = [];
  let expandFinal = false;
  cursor.withNewlines(false, () => {
    cursor.advance();
    while (!cursor.at(')')) {
      args.push(parseExpression(cursor));
      if (cursor.take('...')) {
        expandFinal = true;
        break;
      }
      if (!cursor.take(',')) break;
    }
    if (!cursor.at(')')) {
      cursor.fail(
        'Missing argument separator',
        expandFinal
          ? 'An expanded function argument (with ...) must be immediately followed by closing parentheses.'
          : `A comma is required to separate each function argument from the next, but found ${describeToken(cursor)}.`,
        cursor.at('end') ? open : cursor.range,
      );
    }
  });
  cursor.advance();
  return { kind: 'call', name, nameRange, args, expandFinal, range: cursor.rangeFrom(start) };
}

function parseParentheses(cursor: Cursor): Expression {
  const open = cursor.range;
  const inner = cursor.withNewlines(false, () => {
    cursor.advance();
    const expression = parseExpression(cursor);
    if (!cursor.at(')')) {
      cursor.fail(
        'Unbalanced parentheses',
        `Expected a closing parenthesis to end the expression, but found ${describeToken(cursor)}.`,
        cursor.at('end') ? open : cursor.range,
      );
    }
    return expression;
  });
  cursor.advance();
  return { kind: 'parentheses', inner, range: cursor.rangeFrom(open.start) };
}
