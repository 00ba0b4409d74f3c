// SPDX-License-Identifier: MPL-2.0
// base64decode base64encode csvdecode jsondecode jsonencode urlencode yamldecode yamlencode

import { measureValue } from '../../eval/measure.ts';
import { any, define, nullable, text } from '../define.ts';
import { ArgumentError, type FunctionSpec } from '../spec.ts';
import { decodeCsv } from './csv.ts';
import { decodeJson, encodeJson } from './json.ts';
import { decodeYaml, encodeYaml } from './yaml.ts';

export const encodingFunctions: readonly FunctionSpec[] = [
  define('base64encode', [text('str')], (args, { budget }) => {
    const result = Buffer.from(args.text(0), 'utf8').toString('base64');
    budget.chargeText(result.length);
    return result;
  }),
  define('base64decode', [text('str')], (args, { budget }) => {
    budget.chargeText(args.text(0).length);
    return utf8(decodeBase64(args.text(0)), 'the result of decoding the provided string is not valid UTF-8');
  }),
  define('urlencode', [text('str')], (args, { budget }) => {
    const result = encodeQuery(args.text(0));
    budget.chargeText(result.length);
    return result;
  }),
  define('csvdecode', [text('str')], (args, { budget }) => decodeCsv(args.text(0), budget)),
  define('jsondecode', [text('str')], (args, { budget }) => decodeJson(args.text(0), budget)),
  define('jsonencode', [nullable(any('val'))], (args, { budget }) => {
    measureValue(args.any(0), budget);
    const result = encodeJson(args.any(0));
    budget.chargeText(result.length);
    return result;
  }),
  define('yamldecode', [text('src')], (args, { budget }) => decodeYaml(args.text(0), budget)),
  define('yamlencode', [nullable(any('value'))], (args, { budget }) => {
    measureValue(args.any(0), budget);
    return encodeYaml(args.any(0), budget);
  }),
];

/** Standard alphabet with padding. */
export function decodeBase64(value: string): Buffer {
  if (value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return Buffer.from(value, 'base64');
  throw new ArgumentError(0, 'failed to decode base64 data');
}

export function utf8(bytes: Uint8Array, message: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ArgumentError(0, message);
  }
}

/** As in the query of a URL: blanks become "+". */
function encodeQuery(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
