// SPDX-License-Identifier: MPL-2.0
// Bodies: arguments and blocks. After a mistake it goes on with the next item, so that one run shows several mistakes.

import { HclError, LimitError } from '../diagnostic.ts';
import type { AttributeNode, BlockNode, BodyNode, Label } from './ast.ts';
import { type Cursor, describeToken } from './cursor.ts';
import { skipItem } from './recovery.ts';
import { readPlainString } from './string-literal.ts';

interface BodyParts {
  readonly attributes: AttributeNode[];
  readonly blocks: BlockNode[];
  readonly seen: Map<string, AttributeNode>;
}

/** A whole file. */
export function parseFileBody(cursor: Cursor): BodyNode {
  const parts = parseItems(cursor, 'end');
  const end = cursor.source.text.length;
  return {
    attributes: parts.attributes,
    blocks: parts.blocks,
    range: cursor.source.range(0, end),
    endRange: cursor.source.range(end, end),
  };
}

function parseItems(cursor: Cursor, close: 'end' | '}'): BodyParts {
  const parts: BodyParts = { attributes: [], blocks: [], seen: new Map() };
  for (;;) {
    while (cursor.take('newline'));
    if (cursor.at(close) || cursor.at('end')) return parts;
    const state = { skipsNewlines: cursor.skipsNewlines, depth: cursor.depth };
    const start = cursor.start;
    try {
      parseItem(cursor, parts, close);
    } catch (error) {
      if (!(error instanceof HclError) || error instanceof LimitError) throw error;
      cursor.diagnostics.add(error.diagnostic);
      if (cursor.diagnostics.dropped > 0)
        throw new LimitError('Too many errors', 'The rest of the file was not read.');
      cursor.restore(state);
      cursor.moveTo(skipItem(cursor.source.text, start));
    }
  }
}

function parseItem(cursor: Cursor, parts: BodyParts, close: 'end' | '}'): void {
  cursor.countNode();
  if (cursor.at('"') && cursor.dialect === 'hcl1') {
    parseNamed(cursor, parts, { close, quoted: true });
    return;
  }
  if (!cursor.at('name')) notAnItem(cursor);
  parseNamed(cursor, parts, { close, quoted: false });
}

function notAnItem(cursor: Cursor): never {
  if (cursor.at('"')) {
    const { end } = readPlainString(cursor);
    const range = cursor.source.range(cursor.start, end);
    cursor.moveTo(end);
    if (cursor.at('=') || cursor.at(':')) {
      cursor.fail(
        'Invalid argument name',
        'Argument names must not be quoted.',
        cursor.source.range(range.start, range.end),
      );
    }
    cursor.fail('Invalid block definition', 'A block starts with its type, an unquoted name.', range);
  }
  if (cursor.at('}')) {
    cursor.fail('Unexpected closing brace', 'There is no open block that this brace could close.');
  }
  if (cursor.at('open-comment')) {
    cursor.fail(
      'Unterminated comment',
      'This comment is never closed with "*/".',
      cursor.source.range(cursor.start, cursor.start + 2),
    );
  }
  cursor.fail('Argument or block definition required', 'An argument or block definition is required here.');
}

function parseNamed(cursor: Cursor, parts: BodyParts, item: { close: 'end' | '}'; quoted: boolean }): void {
  const start = cursor.start;
  let name = cursor.text;
  if (item.quoted) {
    const literal = readPlainString(cursor);
    name = literal.text;
    cursor.moveTo(literal.end);
  } else cursor.advance();
  const nameRange = cursor.rangeFrom(start);
  switch (cursor.kind) {
    case '=':
      parseAttribute(cursor, parts, { name, nameRange, close: item.close });
      return;
    case '"':
    case '{':
    case 'name':
      parts.blocks.push(parseBlock(cursor, name, nameRange));
      endOfItem(cursor, 'block', item.close);
      return;
    default:
      if (cursor.at(':')) {
        cursor.fail(
          'Invalid argument definition',
          `The value of ${name} is set with an equals sign ("="), not with a colon.`,
        );
      }
      cursor.fail(
        'Invalid block definition',
        'Either a quoted string block label or an opening brace ("{") is expected here. To set an argument, use the equals sign ("=") to introduce the argument value.',
      );
  }
}

function parseAttribute(
  cursor: Cursor,
  parts: BodyParts,
  item: { name: string; nameRange: AttributeNode['nameRange']; close: 'end' | '}' },
): void {
  cursor.advance();
  if (cursor.at('newline') || cursor.at('end')) {
    cursor.fail(
      'Invalid expression',
      `Expected the value of ${item.name} after the equals sign.`,
      item.nameRange,
    );
  }
  const value = cursor.grammar.expression(cursor);
  const attribute: AttributeNode = {
    name: item.name,
    nameRange: item.nameRange,
    range: cursor.rangeFrom(item.nameRange.start),
    value,
  };
  const before = parts.seen.get(item.name);
  if (before) redefined(cursor, attribute, before);
  parts.seen.set(item.name, attribute);
  if (!before || cursor.dialect === 'hcl1') parts.attributes.push(attribute);
  endOfItem(cursor, 'argument', item.close);
}

function redefined(cursor: Cursor, attribute: AttributeNode, before: AttributeNode): void {
  const name = JSON.stringify(attribute.name);
  if (cursor.dialect === 'hcl1') {
    cursor.diagnostics.warning(
      'Attribute redefined',
      `The argument ${name} was already set at ${before.nameRange}. The last one counts; values that are maps are merged.`,
      attribute.nameRange,
    );
    return;
  }
  cursor.diagnostics.error(
    'Attribute redefined',
    `The argument ${name} was already set at ${before.nameRange}. Each argument may be set only once.`,
    attribute.nameRange,
  );
}

/** An argument or block ends with the line, or with the body it is in. */
function endOfItem(cursor: Cursor, what: 'argument' | 'block', close: 'end' | '}'): void {
  if (cursor.at('newline') || cursor.at('end')) return;
  if (cursor.at(close)) return;
  if (cursor.dialect === 'hcl1') {
    cursor.take(',');
    return;
  }
  if (cursor.at(',') && what === 'argument') {
    cursor.fail(
      'Unexpected comma after argument',
      'Argument definitions must be separated by newlines, not commas. An argument definition must end with a newline.',
    );
  }
  if (what === 'argument') {
    cursor.fail('Missing newline after argument', 'An argument definition must end with a newline.');
  }
  cursor.fail('Missing newline after block definition', 'A block definition must end with a newline.');
}

function parseBlock(cursor: Cursor, type: string, typeRange: BlockNode['typeRange']): BlockNode {
  const labels = parseLabels(cursor);
  const open = cursor.range;
  return cursor.nested(() => {
    cursor.advance();
    const oneLine = !cursor.at('newline');
    const parts = parseItems(cursor, '}');
    if (!cursor.at('}') && !unclosedWithin(cursor)) {
      cursor.fail(
        'Unclosed configuration block',
        'There is no closing brace for this block before the end of the file.',
        open,
      );
    }
    const endRange = cursor.range;
    checkOneLine(
      cursor,
      parts,
      oneLine && !cursor.source.text.slice(open.end, endRange.start).includes('\n'),
    );
    cursor.advance();
    const body: BodyNode = {
      attributes: parts.attributes,
      blocks: parts.blocks,
      range: cursor.rangeFrom(open.start),
      endRange,
    };
    return { type, typeRange, labels, body, range: cursor.rangeFrom(typeRange.start) };
  });
}

/** When a block within this one isn't closed either, one message is enough. */
function unclosedWithin(cursor: Cursor): boolean {
  return cursor.diagnostics.list.at(-1)?.summary === 'Unclosed configuration block';
}

function parseLabels(cursor: Cursor): Label[] {
  const labels: Label[] = [];
  for (;;) {
    if (cursor.at('name')) {
      labels.push({ text: cursor.text, range: cursor.range });
      cursor.advance();
    } else if (cursor.at('"')) {
      const start = cursor.start;
      const literal = readPlainString(cursor);
      cursor.moveTo(literal.end);
      labels.push({ text: literal.text, range: cursor.source.range(start, literal.end) });
    } else if (cursor.at('{')) {
      return labels;
    } else {
      cursor.fail(
        'Invalid block definition',
        cursor.at('=')
          ? 'The equals sign "=" indicates an argument definition, and must not be used when defining a block.'
          : `A block definition must have block content delimited by "{" and "}", starting on the same line as the block header; found ${describeToken(cursor)}.`,
      );
    }
  }
}

/** `{ a = 1 }` may hold one argument; more need lines of their own (the argument parser says so), blocks can't be in it. */
function checkOneLine(cursor: Cursor, parts: BodyParts, oneLine: boolean): void {
  const block = parts.blocks[0];
  if (!oneLine || !block || cursor.dialect === 'hcl1') return;
  cursor.diagnostics.error(
    'Invalid single-argument block definition',
    'A single-line block definition cannot contain another block definition. Place it on its own line.',
    block.typeRange,
  );
}
