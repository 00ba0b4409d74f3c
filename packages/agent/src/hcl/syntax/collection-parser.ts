// SPDX-License-Identifier: MPL-2.0
// Tuples, objects and for expressions.

import type { Expression, ObjectItem, Template } from './ast.ts';
import { type Cursor, describeToken } from './cursor.ts';

/** At `[`. */
export function parseBrackets(cursor: Cursor): Expression {
  return cursor.nested(() => {
    const open = cursor.range;
    const result = cursor.withNewlines(false, () => {
      cursor.advance();
      return isForStart(cursor)
        ? parseFor(cursor, ']')
        : { kind: 'tuple' as const, items: parseItems(cursor) };
    });
    cursor.advance();
    return { ...result, range: cursor.rangeFrom(open.start) };
  });
}

function parseItems(cursor: Cursor): Expression[] {
  const open = cursor.source.range(cursor.previousEnd - 1, cursor.previousEnd);
  const items: Expression[] = [];
  while (!cursor.at(']')) {
    items.push(cursor.grammar.expression(cursor));
    if (cursor.take(',')) continue;
    if (cursor.at(']')) break;
    if (cursor.at('end')) {
      cursor.fail(
        'Unterminated tuple constructor expression',
        'There is no closing bracket ("]") for this one.',
        open,
      );
    }
    cursor.fail(
      'Missing item separator',
      `Expected a comma to mark the beginning of the next item, but found ${describeToken(cursor)}.`,
    );
  }
  return items;
}

/** At `{`. */
export function parseBraces(cursor: Cursor): Expression {
  return cursor.nested(() => {
    const open = cursor.range;
    const isFor = cursor.withNewlines(false, () => {
      cursor.advance();
      return isForStart(cursor);
    });
    const result = isFor
      ? cursor.withNewlines(false, () => parseFor(cursor, '}'))
      : cursor.withNewlines(true, () => ({
          kind: 'object' as const,
          items: parseObjectItems(cursor, open.start),
        }));
    cursor.advance();
    return { ...result, range: cursor.rangeFrom(open.start) };
  });
}

function isForStart(cursor: Cursor): boolean {
  return cursor.isWord('for') && cursor.peekKind() === 'name';
}

function parseObjectItems(cursor: Cursor, start: number): ObjectItem[] {
  const items: ObjectItem[] = [];
  for (;;) {
    while (cursor.take('newline'));
    if (cursor.at('}')) return items;
    if (cursor.at('end')) unterminatedObject(cursor, start);
    items.push(parseObjectItem(cursor, start));
    cursor.countNode();
    if (cursor.take(',') || cursor.at('newline') || cursor.at('}')) continue;
    if (cursor.at('end')) unterminatedObject(cursor, start);
    if (cursor.dialect === 'hcl1') continue;
    cursor.fail(
      'Missing attribute separator',
      `Expected a newline or comma to mark the beginning of the next attribute, but found ${describeToken(cursor)}.`,
    );
  }
}

function unterminatedObject(cursor: Cursor, start: number): never {
  cursor.fail(
    'Unterminated object constructor expression',
    'There is no closing brace ("}") for this one.',
    cursor.source.range(start, start + 1),
  );
}

function parseObjectItem(cursor: Cursor, start: number): ObjectItem {
  const key = plainKey(cursor.grammar.expression(cursor));
  if (cursor.at('end')) unterminatedObject(cursor, start);
  if (!cursor.at('=') && !cursor.at(':')) {
    const got =
      cursor.at('newline') || cursor.at(',') || cursor.at('}')
        ? 'Expected an attribute value, introduced by an equals sign ("=").'
        : `Expected an equals sign ("=") to mark the beginning of the attribute value, but found ${describeToken(cursor)}.`;
    cursor.fail('Missing attribute value', got);
  }
  cursor.advance();
  return { key, value: cursor.grammar.expression(cursor) };
}

/** A bare word as a key is that word, not a variable. */
function plainKey(key: Expression): Expression {
  if (key.kind === 'traversal' && key.steps.length === 0) return textTemplate(key.root, key);
  if (key.kind === 'literal') return textTemplate(key.range.text, key);
  return key;
}

function textTemplate(text: string, from: Expression): Template {
  return { kind: 'template', parts: [{ kind: 'text', text, range: from.range }], range: from.range };
}

type ForParts = Omit<Extract<Expression, { kind: 'for' }>, 'range'>;

/** After the bracket, at `for`; ends at the closing bracket. */
function parseFor(cursor: Cursor, close: ']' | '}'): ForParts {
  cursor.advance();
  const first = forName(cursor);
  const second = cursor.take(',') ? forName(cursor) : undefined;
  if (!cursor.isWord('in')) {
    cursor.fail(
      "Invalid 'for' expression",
      'The "for" expression requires the "in" keyword after its name declarations.',
    );
  }
  cursor.advance();
  const collection = cursor.grammar.expression(cursor);
  if (!cursor.take(':')) {
    cursor.fail(
      "Invalid 'for' expression",
      'The "for" expression requires a colon after the collection expression.',
    );
  }
  const firstResult = cursor.grammar.expression(cursor);
  let key: Expression | undefined;
  let value = firstResult;
  if (cursor.take('=>')) {
    key = firstResult;
    value = cursor.grammar.expression(cursor);
  }
  const group = cursor.take('...');
  let condition: Expression | undefined;
  if (cursor.isWord('if')) {
    cursor.advance();
    condition = cursor.grammar.expression(cursor);
  }
  checkForShape(cursor, { key, group, close });
  return {
    kind: 'for',
    keyName: second === undefined ? undefined : first,
    valueName: second ?? first,
    collection,
    key,
    value,
    condition,
    group,
  };
}

function forName(cursor: Cursor): string {
  if (!cursor.at('name')) {
    cursor.fail(
      "Invalid 'for' expression",
      'The "for" expression requires a variable name after "for" and after a comma.',
    );
  }
  const name = cursor.text;
  cursor.advance();
  return name;
}

function checkForShape(
  cursor: Cursor,
  shape: { key: Expression | undefined; group: boolean; close: ']' | '}' },
): void {
  const fail = (detail: string): never => cursor.fail("Invalid 'for' expression", detail);
  if (!cursor.at(shape.close)) {
    fail(
      `Extra characters after the end of the "for" expression: expected "${shape.close}", but found ${describeToken(cursor)}.`,
    );
  }
  if (shape.close === ']' && shape.key) fail('Key expression is not valid when building a tuple.');
  if (shape.close === ']' && shape.group)
    fail('Grouping ellipsis (...) cannot be used when building a tuple.');
  if (shape.close === '}' && !shape.key) fail('Key expression is required when building an object.');
}
