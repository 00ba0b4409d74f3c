// SPDX-License-Identifier: MPL-2.0
// Where to go on after a mistake: behind the item it is in.

const heredocStart = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*\r?\n/uy;

/**
 * From the start of an item to the line end that closes it, or to the brace that closes the body around it. Brackets,
 * strings, heredocs and comments are stepped over.
 */
export function skipItem(text: string, start: number): number {
  /** Closing brackets that are still to come. */
  const open: string[] = [];
  let at = start;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '\n' && open.length === 0) return at;
    if (character === '}' && open.length === 0) return at === start ? at + 1 : at;
    const closer = closers[character];
    if (closer !== undefined) open.push(closer);
    else if (character === '}' || character === ']' || character === ')') {
      // A bracket that closes an outer one closes what was left open inside.
      const matching = open.lastIndexOf(character);
      if (matching >= 0) open.length = matching;
    } else if (character === '"') {
      at = skipString(text, at);
      continue;
    } else {
      const skipped = skipCommentOrHeredoc(text, at);
      if (skipped > at) {
        at = skipped;
        continue;
      }
    }
    at++;
  }
  return at;
}

const closers: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** A string that isn't closed on its line ends with the line. */
function skipString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '\n') {
    if (text[at] === '\\' && text[at + 1] !== '\n') at += 2;
    else if (text[at] === '"') return at + 1;
    else at++;
  }
  return at;
}

function skipCommentOrHeredoc(text: string, at: number): number {
  const two = text.slice(at, at + 2);
  if (text[at] === '#' || two === '//') return endOr(text.indexOf('\n', at), text);
  if (two === '/*') {
    const close = text.indexOf('*/', at + 2);
    return close < 0 ? text.length : close + 2;
  }
  if (two !== '<<') return at;
  heredocStart.lastIndex = at;
  const match = heredocStart.exec(text);
  if (!match) return at;
  for (let line = heredocStart.lastIndex; line < text.length; ) {
    const end = endOr(text.indexOf('\n', line), text);
    if (text.slice(line, end).trim() === match[1]) return end;
    line = end + 1;
  }
  return text.length;
}

function endOr(index: number, text: string): number {
  return index < 0 ? text.length : index;
}
