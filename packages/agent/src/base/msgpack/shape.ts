// SPDX-License-Identifier: MPL-2.0
// What the codec must know of a value's declaration. The schemas of the API package have this form.

export interface MsgpackShape<T = unknown> {
  readonly kind:
    | 'string'
    | 'bool'
    | 'int'
    | 'float'
    | 'duration'
    | 'time'
    | 'bytes'
    | 'any'
    | 'list'
    | 'map'
    | 'pointer'
    | 'struct';
  readonly of?: () => MsgpackShape;
  readonly name?: string;
  readonly fields?: Readonly<Record<string, MsgpackShape>>;
  /** May be missing in memory; then it is not written, and a zero value read is left out. */
  readonly optional?: boolean;
  /** Fields with their zero value are not written. */
  readonly omitEmpty?: boolean;
  /** Integers: which family of containers is written. */
  readonly signed?: boolean;
  /** Bytes: Uint8Array in memory instead of base64. */
  readonly raw?: boolean;
  readonly _type?: T;
}

export const zeroTimeText = '0001-01-01T00:00:00Z';

export function elementOf(shape: MsgpackShape): MsgpackShape {
  if (!shape.of) throw new Error(`shape "${shape.kind}" has no element`);
  return shape.of();
}

/** The value Go gives a variable nobody set. A struct is new each time. */
export function zeroValue(shape: MsgpackShape): unknown {
  switch (shape.kind) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int':
    case 'float':
    case 'duration':
      return 0;
    case 'time':
      return zeroTimeText;
    case 'struct': {
      const out: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(shape.fields ?? {})) {
        if (!field.optional) out[name] = zeroValue(field);
      }
      return out;
    }
    default:
      return null;
  }
}

/** Empty in the sense of Go's `omitempty`: zero, nil, no elements, or a struct of nothing but such. */
export function isEmptyValue(shape: MsgpackShape, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  switch (shape.kind) {
    case 'string':
      return value === '';
    case 'bool':
      return value === false;
    case 'int':
    case 'float':
    case 'duration':
      return value === 0;
    case 'time':
      return value === zeroTimeText;
    case 'bytes':
      return (value as string | Uint8Array).length === 0;
    case 'list':
      return (value as readonly unknown[]).length === 0;
    case 'map':
      return isEmptyRecord(value as object);
    case 'struct':
      return Object.entries(shape.fields ?? {}).every(([name, field]) =>
        isEmptyValue(field, (value as Record<string, unknown>)[name]),
      );
    case 'any':
    case 'pointer':
      return false;
  }
}

function isEmptyRecord(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
