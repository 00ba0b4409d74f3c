// SPDX-License-Identifier: MPL-2.0
// From the blocks `variable`, `variables` and `locals` of a file to the scope with `var` and `local`.

import type { Block } from '../body/body.ts';
import { HclError } from '../diagnostic.ts';
import { evaluate } from '../eval/evaluate.ts';
import { conditionOf } from '../eval/operators.ts';
import type { Scope } from '../eval/scope.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { emptyObject, type HclObject, makeObject, type Value } from '../value/value.ts';
import { type Assignment, collectAssignments, type VariableSources } from './assignment.ts';
import { readVariables, type VariableDeclaration } from './declaration.ts';
import { evaluateLocals } from './locals.ts';

/** A scope in which `var` and `local` are known. Everything wrong is reported to the diagnostics of `scope`. */
export function inputScope(blocks: readonly Block[], sources: VariableSources, scope: Scope): Scope {
  const declared = readVariables(
    blocks.filter((each) => each.type === 'variable' || each.type === 'variables'),
  );
  const values = resolveVariables(declared, sources, scope);
  const withVariables = scope.child({ var: values });
  const locals = evaluateLocals(
    blocks.filter((each) => each.type === 'locals'),
    withVariables,
  );
  return scope.child({ var: values, local: locals });
}

/** The value of every variable: of its type and valid. */
export function resolveVariables(
  declared: ReadonlyMap<string, VariableDeclaration>,
  sources: VariableSources,
  scope: Scope,
): HclObject {
  const assigned = collectAssignments(declared, sources, scope);
  const values = emptyObject();
  for (const variable of declared.values()) {
    const value = resolveOne(variable, assigned.get(variable.name), scope);
    // null stands for a value that was reported as wrong, so that its uses are not reported as unknown names.
    values[variable.name] = value ?? null;
    if (value !== undefined && value !== null) validate(variable, value, scope);
  }
  return values;
}

function resolveOne(
  variable: VariableDeclaration,
  assignment: Assignment | undefined,
  scope: Scope,
): Value | undefined {
  if (!assignment) {
    if (variable.default !== undefined) return variable.default;
    scope.diagnostics.error(
      `Unset variable ${JSON.stringify(variable.name)}`,
      `A used variable must be set or have a default value: set it with -var '${variable.name}=…', in a file given with -var-file, or in the environment as NOMAD_VAR_${variable.name}.`,
      variable.range,
    );
    return undefined;
  }
  try {
    return convert(assignment.value, variable.type, scope.budget.charge);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    scope.diagnostics.error(
      'Invalid value for variable',
      `The value for var.${variable.name} from ${assignment.origin} is not compatible with the variable's type constraint: ${error.message}.`,
      variable.range,
    );
    return undefined;
  }
}

function validate(variable: VariableDeclaration, value: Value, scope: Scope): void {
  const inner = scope.child({ var: makeObject([[variable.name, value]]) });
  for (const { condition, message, range } of variable.validations) {
    try {
      const result = evaluate(condition.expression, inner);
      if (conditionOf(result, condition.expression, inner)) continue;
      scope.diagnostics.error(
        'Invalid value for variable',
        `${message}\n\nThis was checked by the validation rule at ${range}.`,
        variable.range,
      );
    } catch (error) {
      if (!(error instanceof HclError)) throw error;
      scope.diagnostics.add(error.diagnostic);
    }
  }
}
