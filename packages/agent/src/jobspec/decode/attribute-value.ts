// SPDX-License-Identifier: MPL-2.0
// An attribute as the type that a field of the API asks for.

import { parseDuration, type Schema } from '@serai/api';
import { type Attribute, listOf, numberType } from '#hcl';

/** Undefined: not given (null), or wrong and reported. */
export function attributeValue(attribute: Attribute, schema: Schema): unknown {
  switch (schema.kind) {
    case 'pointer':
      return attributeValue(attribute, elementOf(schema));
    case 'string':
    case 'time':
    case 'bytes':
      return attribute.string() ?? undefined;
    case 'bool':
      return attribute.bool() ?? undefined;
    case 'int':
      return integerValue(attribute, schema);
    case 'float':
      return attribute.number() ?? undefined;
    case 'duration':
      return durationValue(attribute);
    case 'list':
      return listValue(attribute, elementOf(schema));
    case 'map':
      return elementOf(schema).kind === 'string'
        ? copyMap(attribute.stringMap())
        : (attribute.evaluate() ?? undefined);
    default:
      return attribute.evaluate() ?? undefined;
  }
}

function elementOf(schema: Schema): Schema {
  return schema.of?.() ?? schema;
}

function integerValue(attribute: Attribute, schema: Schema): number | undefined {
  const value = attribute.integer() ?? undefined;
  if (value !== undefined && value < 0 && !schema.signed) {
    attribute.error('Invalid number', `${JSON.stringify(attribute.name)} must not be negative.`);
    return undefined;
  }
  return value;
}

function listValue(attribute: Attribute, of: Schema): readonly unknown[] | undefined {
  if (of.kind === 'int')
    return (attribute.as(listOf(numberType)) ?? undefined) as readonly number[] | undefined;
  const value = attribute.strings() ?? undefined;
  return value === undefined ? undefined : [...value];
}

function copyMap(
  value: Readonly<Record<string, string>> | null | undefined,
): Record<string, string> | undefined {
  return value ? Object.fromEntries(Object.entries(value)) : undefined;
}

/** Text such as "1h30m", or a number of nanoseconds. */
export function durationValue(attribute: Attribute): number | undefined {
  const raw = attribute.evaluate();
  if (raw === undefined || raw === null) return undefined;
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return raw;
  const text = attribute.string() ?? undefined;
  if (text === undefined) return undefined;
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined) {
    attribute.error(
      'Invalid duration',
      `${JSON.stringify(text)} is not a duration. Write a number with a unit, such as "30s", "5m" or "1h30m".`,
    );
  }
  return nanoseconds;
}
