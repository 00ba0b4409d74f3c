// SPDX-License-Identifier: MPL-2.0
// The request line's target → decoded path and query parameters.

import { AppError } from '#base';
import { maxQueryParameters } from '../limits.ts';

export interface Target {
  /** percent-decoded: `%2F` and `/` are the same, as in Nomad */
  readonly path: string;
  /** without '?'; '' when there is none */
  readonly search: string;
}

export function parseTarget(url: string): Target {
  const mark = url.indexOf('?');
  const raw = mark < 0 ? url : url.slice(0, mark);
  if (!raw.startsWith('/')) throw new AppError('invalid', `invalid request target ${quoted(raw)}`);
  return { path: decodePath(raw), search: mark < 0 ? '' : url.slice(mark + 1) };
}

function decodePath(raw: string): string {
  if (!raw.includes('%')) return raw;
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    throw new AppError('invalid', `invalid URL escape in ${quoted(raw)}`);
  }
  if (/[\u0000-\u001f\u007f]/.test(path))
    throw new AppError('invalid', `control character in path ${quoted(raw)}`);
  return path;
}

/** A short piece of what the user sent, safe to print. */
export function quoted(text: string): string {
  const longest = 100;
  return JSON.stringify(text.length > longest ? `${text.slice(0, longest)}…` : text);
}

const noParameters = new URLSearchParams();

/** Lenient as Go's: a pair that can't be decoded keeps its text. */
export function parseSearch(search: string): URLSearchParams {
  if (search === '') return noParameters;
  const parameters = new URLSearchParams(search);
  if (parameters.size > maxQueryParameters)
    throw new AppError('invalid', `more than ${maxQueryParameters} query parameters`);
  return parameters;
}
