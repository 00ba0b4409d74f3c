// SPDX-License-Identifier: MPL-2.0
// What a handler returns: the answer, before it is encoded.

import type { QueryMeta } from '@serai/api';

/** A write knows its index only. */
export type Meta = Pick<QueryMeta, 'Index'> & Partial<QueryMeta>;

export type Outcome =
  | {
      readonly kind: 'json';
      readonly value: unknown;
      readonly meta?: Meta | undefined;
      readonly status?: number;
      /** The value comes from state as it is: it never changes, and the next reader may get the same object. */
      readonly shared?: boolean;
    }
  | { readonly kind: 'empty'; readonly meta?: Meta | undefined }
  | { readonly kind: 'text'; readonly text: string; readonly contentType: string }
  | {
      readonly kind: 'stream';
      readonly source: AsyncIterable<Uint8Array>;
      readonly contentType: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export function json(value: unknown, meta?: Meta): Outcome {
  return { kind: 'json', value, meta };
}

/** Success without an object: 200 and an empty body. */
export function empty(meta?: Meta): Outcome {
  return { kind: 'empty', meta };
}

export function sharedJson(value: unknown, meta: Meta): Outcome {
  return { kind: 'json', value, meta, shared: true };
}
