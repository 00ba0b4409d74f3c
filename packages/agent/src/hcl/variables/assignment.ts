// SPDX-License-Identifier: MPL-2.0
// Where values of variables come from: environment, variable files, flags; later ones win.

import { Attribute } from '../body/attribute.ts';
import { Body } from '../body/body.ts';
import { Diagnostics } from '../diagnostic.ts';
import { Scope } from '../eval/scope.ts';
import { type HclInput, parseHcl } from '../file.ts';
import { Source } from '../source.ts';
import { parseSingleExpression } from '../syntax/parser.ts';
import type { HclType } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import type { VariableDeclaration } from './declaration.ts';

export interface VariableSources {
  /** The whole environment; names that begin with NOMAD_VAR_ are looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** -var-file, native or JSON, in order. */
  readonly files?: readonly HclInput[];
  /** -var, as given: `name=value`, in order. */
  readonly flags?: readonly string[];
  /** Whether a variable file may set only what is declared. Default true. */
  readonly strict?: boolean;
}

export interface Assignment {
  readonly value: Value;
  /** Where it came from, for messages: a place in a file, or "the -var option". */
  readonly origin: string;
}

export const variablePrefix = 'NOMAD_VAR_';

/** The winning value of each declared variable, not yet of its type. */
export function collectAssignments(
  declared: ReadonlyMap<string, VariableDeclaration>,
  sources: VariableSources,
  scope: Scope,
): Map<string, Assignment> {
  const collector = new Collector(declared, scope);
  collector.addEnvironment(sources.environment ?? {});
  for (const file of sources.files ?? []) collector.addFile(file, sources.strict ?? true);
  for (const flag of sources.flags ?? []) collector.addFlag(flag);
  return collector.values;
}

class Collector {
  readonly values = new Map<string, Assignment>();
  readonly #declared: ReadonlyMap<string, VariableDeclaration>;
  readonly #scope: Scope;

  constructor(declared: ReadonlyMap<string, VariableDeclaration>, scope: Scope) {
    this.#declared = declared;
    this.#scope = scope;
  }

  get #diagnostics(): Diagnostics {
    return this.#scope.diagnostics;
  }

  /** Variables of other job files are in the environment, too: what isn't declared is left alone. */
  addEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
    for (const [key, text] of Object.entries(environment)) {
      if (!key.startsWith(variablePrefix) || text === undefined) continue;
      const variable = this.#declared.get(key.slice(variablePrefix.length));
      if (variable) this.#addText(variable, text, `the environment variable ${key}`);
    }
  }

  addFile(input: HclInput, strict: boolean): void {
    const diagnostics = this.#diagnostics;
    // Strings of JSON files are literal here, those of native files templates without variables.
    const dialect = this.#isJson(input) ? 'hcl1' : 'hcl2';
    const file = parseHcl(input, { diagnostics, dialect, limits: this.#scope.budget.limits });
    const constants = Scope.root({ diagnostics, limits: this.#scope.budget.limits });
    for (const attribute of new Body(file.body, constants).justAttributes().values()) {
      if (!this.#declared.has(attribute.name)) {
        this.#undeclared(attribute.name, attribute.nameRange, strict);
        continue;
      }
      const value = attribute.evaluate();
      if (value !== undefined) this.values.set(attribute.name, { value, origin: String(attribute.range) });
    }
  }

  addFlag(flag: string): void {
    const equals = flag.indexOf('=');
    const name = flag.slice(0, Math.max(0, equals)).trim();
    if (name === '') {
      this.#diagnostics.error(
        'Invalid -var option',
        `The given -var option ${JSON.stringify(flag.slice(0, 100))} is not correctly specified. It must be a variable name and value separated by an equals sign, like -var="key=value".`,
      );
      return;
    }
    const variable = this.#declared.get(name);
    if (variable) {
      this.#addText(variable, flag.slice(equals + 1), `the option -var ${name}=…`);
      return;
    }
    const quoted = JSON.stringify(name);
    this.#diagnostics.error(
      'Undefined -var variable',
      `A ${quoted} variable was passed in the command line but was not found in known variables. To declare variable ${quoted}, place a block variable ${quoted} {} in your job file.`,
    );
  }

  #isJson(input: HclInput): boolean {
    const start = typeof input.text === 'string' ? input.text : Buffer.from(input.text).toString('latin1');
    return /^(?:\u00ef\u00bb\u00bf|\u{feff})?\s*[{[]/u.test(start);
  }

  #undeclared(name: string, range: Parameters<Diagnostics['error']>[2], strict: boolean): void {
    const quoted = JSON.stringify(name);
    const detail = `A ${quoted} variable was set but was not found in known variables. To declare variable ${quoted}, place a block variable ${quoted} {} in your job file.`;
    if (strict) this.#diagnostics.error('Undefined variable', detail, range);
    else this.#diagnostics.warning('Undefined variable', detail, range);
  }

  #addText(variable: VariableDeclaration, text: string, origin: string): void {
    const value = isTextType(variable.type) ? text : this.#parse(text, variable.name, origin);
    if (value !== undefined) this.values.set(variable.name, { value, origin });
  }

  /** Values of other types are expressions: `["a", "b"]`, `{ a = 1 }`, `true`. */
  #parse(text: string, name: string, origin: string): Value | undefined {
    const own = new Diagnostics();
    const source = new Source(`<value for var.${name} from ${origin}>`, text);
    const limits = this.#scope.budget.limits;
    const expression = parseSingleExpression(source, { diagnostics: own, limits });
    let value: Value | undefined;
    if (expression) {
      const { range } = expression;
      const constants = Scope.root({ diagnostics: own, limits });
      value = new Attribute({ name, nameRange: range, range, expression }, constants).evaluate();
    }
    this.#diagnostics.addAll(own.list);
    return value;
  }
}

/** Text is taken as it is for these. */
function isTextType(type: HclType): boolean {
  return type.kind === 'string' || type.kind === 'number' || type.kind === 'any';
}
