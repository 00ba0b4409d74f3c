// SPDX-License-Identifier: MPL-2.0
// JSON with places, so that a mistake in a JSON file is shown like one in a native file.

import { HclError, LimitError } from '../diagnostic.ts';
import type { HclLimits } from '../limits.ts';
import type { Range, Source } from '../source.ts';
import type { JsonMember, JsonNode, JsonString } from './node.ts';

const blanks = /[ \t\r\n]*/y;
const numberText = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const plainString = /[^"\\\u0000-\u001f]*/y;
const word = /[A-Za-z_]+/y;

/** Throws HclError at the first mistake. */
export function parseJson(source: Source, limits: Pick<HclLimits, 'depth' | 'nodes'>): JsonNode {
  const parser = new JsonParser(source, limits);
  return parser.document();
}

class JsonParser {
  readonly #source: Source;
  readonly #text: string;
  readonly #limits: Pick<HclLimits, 'depth' | 'nodes'>;
  #at = 0;
  #depth = 0;
  #nodes = 0;

  constructor(source: Source, limits: Pick<HclLimits, 'depth' | 'nodes'>) {
    this.#source = source;
    this.#text = source.text;
    this.#limits = limits;
  }

  document(): JsonNode {
    const value = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) {
      this.#fail('Extraneous data after value', 'Extra characters appear after the JSON value.');
    }
    return value;
  }

  #value(): JsonNode {
    this.#skip();
    if (++this.#nodes > this.#limits.nodes) {
      throw new LimitError(
        'File too complex',
        `A file may hold ${this.#limits.nodes} JSON values at most.`,
        this.#source.range(this.#at, this.#at),
      );
    }
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      default:
        return this.#numberOrWord();
    }
  }

  #nested(run: () => JsonNode): JsonNode {
    if (++this.#depth > this.#limits.depth) {
      throw new LimitError(
        'Nested too deeply',
        `JSON values may be nested ${this.#limits.depth} levels deep at most.`,
        this.#source.range(this.#at, this.#at + 1),
      );
    }
    const value = run();
    this.#depth--;
    return value;
  }

  #object(): JsonNode {
    const start = this.#at++;
    const members: JsonMember[] = [];
    this.#skip();
    while (this.#text[this.#at] !== '}') {
      if (this.#text[this.#at] !== '"') {
        this.#fail('Invalid object key', 'A JSON object must have string keys in double quotes.');
      }
      const name = this.#string();
      this.#skip();
      if (this.#text[this.#at] !== ':') {
        this.#fail('Missing colon', 'A colon must follow the key of an object.');
      }
      this.#at++;
      members.push({ name: name.value, nameRange: name.range, value: this.#value() });
      if (!this.#separator('}', start)) break;
    }
    this.#at++;
    return { kind: 'object', members, range: this.#source.range(start, this.#at) };
  }

  #array(): JsonNode {
    const start = this.#at++;
    const items: JsonNode[] = [];
    this.#skip();
    while (this.#text[this.#at] !== ']') {
      items.push(this.#value());
      if (!this.#separator(']', start)) break;
    }
    this.#at++;
    return { kind: 'array', items, range: this.#source.range(start, this.#at) };
  }

  /** True when another element follows. */
  #separator(close: '}' | ']', open: number): boolean {
    this.#skip();
    const character = this.#text[this.#at];
    if (character === close) return false;
    if (character === undefined) {
      this.#fail(
        close === '}' ? 'Unclosed object' : 'Unclosed array',
        `There is no closing "${close}" for this one.`,
        this.#source.range(open, open + 1),
      );
    }
    if (character !== ',') {
      this.#fail('Missing separator', `Expected a comma or "${close}" here.`);
    }
    const comma = this.#at++;
    this.#skip();
    if (this.#text[this.#at] === close) {
      this.#fail(
        'Trailing comma',
        'JSON does not permit a trailing comma.',
        this.#source.range(comma, comma + 1),
      );
    }
    return true;
  }

  #string(): JsonString {
    const start = this.#at;
    plainString.lastIndex = start + 1;
    plainString.test(this.#text);
    if (this.#text[plainString.lastIndex] === '"') {
      this.#at = plainString.lastIndex + 1;
      const value = this.#text.slice(start + 1, this.#at - 1);
      return { kind: 'string', value, plain: true, range: this.#source.range(start, this.#at) };
    }
    const end = this.#stringEnd(start);
    const range = this.#source.range(start, end);
    this.#at = end;
    try {
      return { kind: 'string', value: JSON.parse(range.text) as string, plain: false, range };
    } catch {
      return this.#fail(
        'Invalid string',
        'This string holds an escape sequence or a control character that JSON does not permit.',
        range,
      );
    }
  }

  #stringEnd(start: number): number {
    for (let at = start + 1; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '"') return at + 1;
      if (character === '\\') at++;
      else if (character === '\n') break;
    }
    return this.#fail(
      'Unterminated string',
      'This string is not closed on its line.',
      this.#source.range(start, start + 1),
    );
  }

  #numberOrWord(): JsonNode {
    const start = this.#at;
    numberText.lastIndex = start;
    if (numberText.test(this.#text)) {
      this.#at = numberText.lastIndex;
      const range = this.#source.range(start, this.#at);
      const value = Number(range.text);
      if (!Number.isFinite(value)) this.#fail('Invalid number', 'This number is too large.', range);
      return { kind: 'number', value, range };
    }
    word.lastIndex = start;
    const text = word.exec(this.#text)?.[0] ?? '';
    this.#at = start + text.length;
    const range = this.#source.range(start, this.#at);
    if (text === 'true' || text === 'false') return { kind: 'bool', value: text === 'true', range };
    if (text === 'null') return { kind: 'null', range };
    if (text !== '') return this.#fail('Invalid JSON keyword', `${text} is not a valid JSON keyword.`, range);
    if (start >= this.#text.length)
      return this.#fail('Missing value', 'The JSON text ends where a value must follow.');
    return this.#fail('Start of value expected', 'A JSON value must start here.');
  }

  #skip(): void {
    blanks.lastIndex = this.#at;
    blanks.test(this.#text);
    this.#at = blanks.lastIndex;
  }

  #fail(summary: string, detail: string, range?: Range): never {
    const at = Math.min(this.#at, this.#text.length);
    throw new HclError(summary, detail, range ?? this.#source.range(at, Math.min(at + 1, this.#text.length)));
  }
}
