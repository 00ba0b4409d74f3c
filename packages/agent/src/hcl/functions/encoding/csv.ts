// SPDX-License-Identifier: MPL-2.0
// csvdecode: a table with a header line as a list of objects.

import type { Budget } from '../../eval/budget.ts';
import { makeObject, type Value } from '../../value/value.ts';
import { FunctionError } from '../spec.ts';

export function decodeCsv(text: string, budget: Budget): Value {
  budget.charge(text.length >> 2);
  const [header, ...rows] = readRows(text, budget);
  if (!header) throw new FunctionError('missing header line');
  if (new Set(header).size !== header.length)
    throw new FunctionError('duplicate column name in the header line');
  budget.chargeElements(rows.length);
  return rows.map((row, i) => {
    if (row.length !== header.length) {
      throw new FunctionError(
        `record ${i + 2} has ${row.length} field(s), but the header has ${header.length}`,
      );
    }
    return makeObject(header.map((name, column) => [name, row[column] ?? '']));
  });
}

function readRows(text: string, budget: Budget): string[][] {
  const rows: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const row: string[] = [];
    for (;;) {
      const field = readField(text, at);
      row.push(field.value);
      budget.charge(1);
      at = field.end;
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    if (text[at] === '\n') at++;
    else if (at < text.length)
      throw new FunctionError(`unexpected character after a quoted field in record ${rows.length + 1}`);
    // Empty lines are no records.
    if (row.length > 1 || row[0] !== '') rows.push(row);
  }
  return rows;
}

const bareField = /[^,\n\r"]*/y;

function readField(text: string, start: number): { value: string; end: number } {
  if (text[start] !== '"') {
    bareField.lastIndex = start;
    const value = bareField.exec(text)?.[0] ?? '';
    if (text[start + value.length] === '"') throw new FunctionError('bare " in a field that is not quoted');
    return { value, end: start + value.length };
  }
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw new FunctionError('a quoted field is never closed');
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}
