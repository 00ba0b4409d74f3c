// SPDX-License-Identifier: MPL-2.0
// From a parsed body to a tree of values, by the description of its keys.

import {
  Attribute,
  type BlockSchema,
  Body,
  type BodySchema,
  Diagnostics,
  HclError,
  objectBody,
  opaqueValue,
  type RawAttribute,
  type RawBlock,
  type RawBody,
  type Scope,
} from '#hcl';
import type { AnyField, AnyValueField, BlockField, NamedField, Shape } from '../schema/field.ts';
import { auditSink } from '../schema/security.ts';
import type { ConfigNode } from './node.ts';

/** Reads into `node`, so that a repeated block adds to what is there. */
export function readShape(
  body: RawBody,
  target: { shape: Shape; node: ConfigNode; path: string },
  scope: Scope,
): void {
  new ShapeReader(scope).read(body, { ...target, lenient: false });
}

interface Target {
  readonly shape: Shape;
  readonly node: ConfigNode;
  /** For messages: `client.reserved`. */
  readonly path: string;
  readonly lenient: boolean;
}

class ShapeReader {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  read(body: RawBody, target: Target): void {
    const content = body.content(schemaOfShape(target.shape), this.#reporter(target));
    for (const attribute of content.attributes) {
      const field = target.shape[attribute.name];
      if (!field) continue;
      if (field.kind === 'value') this.#readValue(attribute, field, target.node);
      else this.#readObject(attribute, field, target);
    }
    for (const block of content.blocks) {
      const field = target.shape[block.type];
      if (field) this.#readBlock(block, field, target);
    }
  }

  /** In lenient blocks an unknown key is a warning. */
  #reporter(target: Target): Diagnostics {
    if (!target.lenient) return this.#scope.diagnostics;
    const { diagnostics } = this.#scope;
    const reporter = new Diagnostics();
    reporter.add = (diagnostic) => diagnostics.add({ ...diagnostic, severity: 'warning' });
    return reporter;
  }

  #readValue(raw: RawAttribute, field: AnyValueField, node: ConfigNode): void {
    const attribute = new Attribute(raw, this.#scope);
    const value: unknown = field.read(attribute);
    if (value === undefined) return;
    const notice = field.isUnset(value) ? undefined : field.notice?.(value);
    if (notice !== undefined) this.#scope.diagnostics.warning('Unusual option', notice, raw.nameRange);
    const before = node.values.get(raw.name);
    // A repeated map adds its keys, a repeated anything else replaces (the parser has warned).
    const merged: unknown = before && field.asBlock ? field.merge(before.value, value) : value;
    node.values.set(raw.name, { value: merged, range: raw.range });
  }

  /** `tls = { … }` where a block was meant. */
  #readObject(raw: RawAttribute, field: Exclude<AnyField, AnyValueField>, target: Target): void {
    try {
      const body = objectBody(raw.expression);
      if (!body) {
        this.#scope.diagnostics.error(
          'Unsupported argument',
          `${joinPath(target.path, raw.name)} is a block: write ${raw.name} { … }.`,
          raw.nameRange,
        );
      } else if (field.kind === 'named') {
        for (const member of body.justAttributes(this.#scope.diagnostics)) {
          const inner = objectBody(member.expression);
          if (inner) this.#readNamed(inner, { key: raw.name, name: member.name, field }, target);
        }
      } else {
        this.#readBody(body, { key: raw.name, labels: [], range: raw.nameRange, field }, target);
      }
    } catch (error) {
      if (!(error instanceof HclError)) throw error;
      this.#scope.diagnostics.add(error.diagnostic);
    }
  }

  #readBlock(block: RawBlock, field: AnyField, target: Target): void {
    const labels = block.labels.map((each) => each.text);
    if (field.kind === 'value') {
      this.#readValue(this.#mapAttribute(block), field, target.node);
    } else if (field.kind === 'named') {
      this.#readNamed(block.body, { key: block.type, name: labels[0] ?? '', field }, target);
    } else {
      this.#readBody(block.body, { key: block.type, labels, range: block.headRange, field }, target);
    }
  }

  /** `meta { a = "b" }` as `meta = { a = "b" }`. */
  #mapAttribute(block: RawBlock): RawAttribute {
    const { range } = block.body;
    const items = block.body.justAttributes(this.#scope.diagnostics).map((member) => ({
      key: {
        kind: 'template' as const,
        parts: [{ kind: 'text' as const, text: member.name, range: member.nameRange }],
        range: member.nameRange,
      },
      value: member.expression,
    }));
    return {
      name: block.type,
      nameRange: block.typeRange,
      range,
      expression: { kind: 'object', items, range },
    };
  }

  #readNamed(
    body: RawBody,
    block: { key: string; name: string; field: NamedField<Shape> },
    target: Target,
  ): void {
    const path = `${joinPath(target.path, block.key)}.${block.name}`;
    const node = target.node.namedBlock(block.key, block.name);
    this.read(body, { shape: block.field.shape, node, path, lenient: false });
  }

  #readBody(
    body: RawBody,
    block: {
      key: string;
      labels: readonly string[];
      range: RawBlock['headRange'];
      field: Exclude<AnyField, AnyValueField | NamedField<Shape>>;
    },
    target: Target,
  ): void {
    const { field, key } = block;
    if (field.kind === 'opaque') {
      const value = opaqueValue(new Body(body, this.#scope));
      const before = target.node.values.get(key)?.value;
      target.node.values.set(key, { value: { ...(before ?? {}), ...value }, range: body.range });
      return;
    }
    if (field.notice !== undefined)
      this.#scope.diagnostics.warning('Unusual option', field.notice, block.range);
    if (key === 'audit' && this.#readBareSink(body, target)) return;
    const inner = { shape: field.shape, path: joinPath(target.path, key), lenient: field.lenient };
    const name = field.labelled ? clusterName(block.labels, body, this.#scope) : 'default';
    const node =
      name === 'default' ? target.node.block(key) : target.node.namedBlock(`${key}_clusters`, name);
    this.#checkLabels(block, field);
    this.read(body, { ...inner, node });
  }

  #checkLabels(
    block: { key: string; labels: readonly string[]; range: RawBlock['headRange'] },
    field: BlockField<Shape>,
  ): void {
    const allowed = field.labelled ? 1 : 0;
    if (block.labels.length <= allowed) return;
    this.#scope.diagnostics.error(
      `Extraneous label for ${block.key}`,
      allowed === 0
        ? `No labels are expected for ${block.key} blocks.`
        : 'Only the name of the cluster is expected as label.',
      block.range,
    );
  }

  /** `audit { type = "file" path = … }` is what people write for a sink. */
  #readBareSink(body: RawBody, target: Target): boolean {
    const attributes = body.everything().attributes;
    const typeAttribute = attributes.find((each) => each.name === 'type');
    if (!typeAttribute) return false;
    const type = new Attribute(typeAttribute, this.#scope).string();
    if (typeof type !== 'string') return true;
    const audit = target.node.block('audit');
    this.#scope.diagnostics.warning(
      'Unusual option',
      `Nomad's audit block has no type; this is taken as audit { enabled = true  sink ${JSON.stringify(type)} { type = ${JSON.stringify(type)} … } }.`,
      typeAttribute.nameRange,
    );
    audit.values.set('enabled', { value: true, range: typeAttribute.range });
    const node = audit.namedBlock('sink', type);
    this.read(body, { shape: auditSink, node, path: `audit.sink.${type}`, lenient: false });
    return true;
  }
}

function clusterName(labels: readonly string[], body: RawBody, scope: Scope): string {
  const label = labels[0];
  if (label !== undefined) return label;
  const attribute = body.everything().attributes.find((each) => each.name === 'name');
  const name = attribute ? new Attribute(attribute, scope).string() : undefined;
  return typeof name === 'string' && name !== '' ? name : 'default';
}

function joinPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

const schemas = new WeakMap<Shape, BodySchema>();

/** Every key may be an argument (`tls = {}`), blocks also are blocks. */
function schemaOfShape(shape: Shape): BodySchema {
  const known = schemas.get(shape);
  if (known) return known;
  const visible = Object.entries(shape).filter(([, field]) => !(field.kind === 'named' && field.hidden));
  const blocks = visible.flatMap(([type, field]): BlockSchema[] => {
    if (field.kind === 'value') return field.asBlock ? [{ type }] : [];
    if (field.kind === 'named') return [{ type, labels: ['name'] }];
    return [{ type, anyLabels: true }];
  });
  const schema = { attributes: visible.map(([name]) => ({ name })), blocks };
  schemas.set(shape, schema);
  return schema;
}
