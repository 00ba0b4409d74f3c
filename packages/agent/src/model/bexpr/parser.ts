// SPDX-License-Identifier: MPL-2.0
// Filter tokens → syntax tree. The grammar is go-bexpr's:
//   or    = and { "or" and }            and = not { "and" not }        not = "not" not | primary
//   primary = "(" or ")" | ("any" | "all") selector "as" names "{" or "}" | match
//   match = selector ("==" | "!=" | ["not"] "contains" | ["not"] "matches") value
//         | selector "is" ["not"] "empty" | value ["not"] "in" selector

import { AppError } from '#base';
import type { Expression, MatchOperator, Selector } from './ast.ts';
import { syntaxError, type Token, tokenize } from './lexer.ts';

/** Characters in a filter. A longer one is refused before it is read. */
export const maxFilterLength = 8192;
/** Parentheses, `not` and any/all bodies inside one another. */
export const maxFilterDepth = 64;
/** Comparisons and connectives in one filter: bounds the work per object. */
export const maxFilterNodes = 1024;

export function parseFilter(text: string): Expression {
  if (text.length > maxFilterLength)
    throw new AppError('invalid', `expression has ${text.length} characters, more than ${maxFilterLength}`);
  return new Parser(tokenize(text)).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #nodes = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#or();
    const rest = this.#peek();
    if (rest.kind !== 'end') throw this.#unexpected(rest, '"and", "or" or the end');
    return expression;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#takeWord('or')) left = this.#counted({ kind: 'or', left, right: this.#and() });
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#takeWord('and')) left = this.#counted({ kind: 'and', left, right: this.#not() });
    return left;
  }

  #not(): Expression {
    // `not in …` can't start an expression, so a leading `not` is always the operator.
    if (!this.#takeWord('not')) return this.#primary();
    return this.#deeper(() => this.#counted({ kind: 'not', operand: this.#not() }));
  }

  #primary(): Expression {
    if (this.#takeSymbol('(')) {
      return this.#deeper(() => {
        const inner = this.#or();
        this.#expectSymbol(')');
        return inner;
      });
    }
    const first = this.#peek();
    const second = this.#peek(1);
    if (first.kind === 'word' && (first.text === 'any' || first.text === 'all') && second.kind !== 'symbol') {
      if (second.kind === 'word' && !isOperatorWord(second.text)) return this.#collection(first.text);
      if (second.kind === 'string') return this.#collection(first.text);
    }
    return this.#match();
  }

  #collection(kind: 'any' | 'all'): Expression {
    this.#at++;
    const selector = this.#selector();
    this.#expectWord('as');
    const names = [this.#name()];
    if (this.#takeSymbol(',')) names.push(this.#name());
    this.#expectSymbol('{');
    const body = this.#deeper(() => this.#or());
    this.#expectSymbol('}');
    return this.#counted({ kind, selector, names, body });
  }

  #match(): Expression {
    const start = this.#peek();
    if (start.kind === 'number') return this.#valueIn(this.#next().text);
    if (start.kind === 'string' && !start.text.startsWith('/')) return this.#valueIn(this.#next().text);
    const selector = this.#selector();
    const token = this.#next();
    if (token.kind === 'symbol' && (token.text === '==' || token.text === '!='))
      return this.#comparison(selector, 'equal', token.text === '!=');
    if (token.kind !== 'word') throw this.#unexpected(token, 'an operator');
    if (token.text === 'is') {
      const negated = this.#takeWord('not');
      this.#expectWord('empty');
      return this.#counted({ kind: 'match', selector, operator: 'empty', negated, value: '' });
    }
    const negated = token.text === 'not';
    const operator = negated ? this.#next() : token;
    if (operator.text === 'contains') return this.#comparison(selector, 'in', negated);
    if (operator.text === 'matches') return this.#comparison(selector, 'matches', negated);
    if (operator.text === 'in') {
      // A bare word or quoted path on the left is a value after all.
      const value = start.kind === 'string' ? start.text : selector.join('.');
      return this.#membership(value, negated);
    }
    throw this.#unexpected(operator, 'an operator');
  }

  #valueIn(value: string): Expression {
    const negated = this.#takeWord('not');
    this.#expectWord('in');
    return this.#membership(value, negated);
  }

  #membership(value: string, negated: boolean): Expression {
    return this.#counted({ kind: 'match', selector: this.#selector(), operator: 'in', negated, value });
  }

  #comparison(selector: Selector, operator: MatchOperator, negated: boolean): Expression {
    return this.#counted({ kind: 'match', selector, operator, negated, value: this.#value() });
  }

  #value(): string {
    const token = this.#peek();
    if (token.kind === 'string' || token.kind === 'number') return this.#next().text;
    if (token.kind === 'word') return this.#selector().join('.');
    throw this.#unexpected(token, 'a value');
  }

  /** `A.B["c"].0` or the JSON pointer "/A/B". */
  #selector(): Selector {
    const first = this.#next();
    if (first.kind === 'string' && first.text.startsWith('/')) return pointerParts(first.text);
    if (first.kind !== 'word') throw this.#unexpected(first, 'a selector');
    const parts = [first.text];
    for (;;) {
      if (this.#takeSymbol('.')) {
        const part = this.#next();
        if (part.kind !== 'word' && part.kind !== 'number') throw this.#unexpected(part, 'a name after "."');
        parts.push(...part.text.split('.'));
      } else if (this.#takeSymbol('[')) {
        const part = this.#next();
        if (part.kind !== 'string') throw this.#unexpected(part, 'a quoted key in "[ ]"');
        parts.push(part.text);
        this.#expectSymbol(']');
      } else return parts;
    }
  }

  #name(): string {
    const token = this.#next();
    if (token.kind !== 'word') throw this.#unexpected(token, 'a name');
    return token.text;
  }

  #deeper(parse: () => Expression): Expression {
    if (++this.#depth > maxFilterDepth)
      throw syntaxError(this.#peek().column, `expression is nested deeper than ${maxFilterDepth} levels`);
    const expression = parse();
    this.#depth--;
    return expression;
  }

  #counted(expression: Expression): Expression {
    if (++this.#nodes > maxFilterNodes)
      throw syntaxError(this.#peek().column, `expression has more than ${maxFilterNodes} terms`);
    return expression;
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
    if (!token) throw syntaxError(1, 'expression is empty');
    return token;
  }
  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
  #takeWord(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'word' || token.text !== text) return false;
    this.#at++;
    return true;
  }
  #takeSymbol(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'symbol' || token.text !== text) return false;
    this.#at++;
    return true;
  }
  #expectWord(text: string): void {
    if (!this.#takeWord(text)) throw this.#unexpected(this.#peek(), `"${text}"`);
  }
  #expectSymbol(text: string): void {
    if (!this.#takeSymbol(text)) throw this.#unexpected(this.#peek(), `"${text}"`);
  }

  #unexpected(token: Token, expected: string): AppError {
    const found = token.kind === 'end' ? 'the end' : JSON.stringify(token.text);
    return syntaxError(token.column, `expected ${expected}, found ${found}`);
  }
}

const operatorWords = new Set(['in', 'not', 'is', 'contains', 'matches']);

function isOperatorWord(text: string): boolean {
  return operatorWords.has(text);
}

/** RFC 6901. */
function pointerParts(pointer: string): string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
