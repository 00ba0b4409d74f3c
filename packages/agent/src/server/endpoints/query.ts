// SPDX-License-Identifier: MPL-2.0
// Reads: blocking queries, paging, and replies that are built once per change and shared by all who ask.

import type { QueryMeta, QueryOptions } from '@serai/api';
import { AppError } from '#base';
import type { RpcContext } from '#rpc';
import type { StateSnapshot, TableName, WatchSet } from '#state';
import type { ServerContext } from '../context.ts';

/** Longest wait of a blocking query, and what one without a wait gets. */
export const maxBlockMs = 300_000;
/** A random part of the wait is added, so that queries that started together don't end together. */
const jitterFraction = 16;

export type Meta = Omit<QueryMeta, 'NextToken'>;

/** QueryMeta of an answer at this index. The leader never lags. */
export function metaAt(index: number): QueryMeta {
  return { Index: index, LastContact: 0, KnownLeader: true, NextToken: '' };
}

/** Answers a read: at once, or when what it found changed after MinQueryIndex. */
export async function query<T extends object>(
  context: ServerContext,
  call: { readonly args: QueryOptions; readonly rpc: RpcContext },
  run: (snapshot: StateSnapshot, watch: WatchSet) => { index: number; value: T },
): Promise<T & QueryMeta> {
  const { args, rpc } = call;
  const blocks = args.MinQueryIndex > 0;
  try {
    const found = await context.store.blockingQuery({
      minIndex: args.MinQueryIndex,
      maxWaitMs: waitMs(context, args),
      signal: blocks ? AbortSignal.any([rpc.signal, context.stopping]) : rpc.signal,
      run: (snapshot, watch) => {
        // An empty answer still needs an index that a caller can wait on.
        const { index, value } = run(snapshot, watch);
        return { index: Math.max(1, index), value };
      },
    });
    return { ...metaAt(found.index), KnownLeader: context.isLeader(), ...found.value };
  } catch (error) {
    throw blocks && context.stopping.aborted ? AppError.from(context.stopping.reason) : error;
  }
}

function waitMs(context: ServerContext, args: QueryOptions): number {
  if (args.MinQueryIndex === 0) return 0;
  const asked = args.MaxQueryTime / 1e6;
  const waitMs = asked <= 0 || asked > maxBlockMs ? maxBlockMs : asked;
  return waitMs + (context.random.float() * waitMs) / jitterFraction;
}

/** `*` asks for all namespaces. */
export function inNamespace(args: QueryOptions): (object: { Namespace: string }) => boolean {
  const { Namespace } = args;
  if (Namespace === '*') return () => true;
  const name = Namespace === '' ? 'default' : Namespace;
  return (object) => object.Namespace === name;
}

/** Namespace of a request that is about one object. */
export function namespaceOf(args: { readonly Namespace: string }): string {
  return args.Namespace === '' ? 'default' : args.Namespace;
}

/** Nomad refuses id prefixes with half a byte. */
export function checkIdPrefix(prefix: string): string {
  const hex = prefix.replaceAll('-', '');
  if (prefix === '') return prefix;
  if (!/^[0-9a-fA-F]*$/.test(hex)) {
    throw new AppError(
      'internal',
      `Invalid UUID: encoding/hex: invalid byte in prefix ${JSON.stringify(prefix)}`,
    );
  }
  if (hex.length % 2 !== 0) throw new AppError('internal', 'Input (without hyphens) must be even length');
  return prefix.toLowerCase();
}

/** Replies kept per cache; the oldest goes first. */
const maxCachedReplies = 256;

/**
 * Keeps what an endpoint answered as long as the tables it read are the same, so that the HTTP layer can recognise the
 * answer and send the bytes it encoded before.
 */
export class ReplyCache {
  readonly #tables: readonly TableName[];
  readonly #replies = new Map<string, { readonly tables: readonly unknown[]; readonly reply: object }>();

  constructor(tables: readonly TableName[]) {
    this.#tables = tables;
  }

  get<T extends object>(snapshot: StateSnapshot, key: string, build: () => T): T {
    const tables = this.#tables.map((name) => snapshot.tables[name]);
    const known = this.#replies.get(key);
    if (known?.tables.every((table, i) => table === tables[i])) return known.reply as T;
    const reply = build();
    this.#replies.delete(key);
    this.#replies.set(key, { tables, reply });
    if (this.#replies.size > maxCachedReplies) {
      const oldest = this.#replies.keys().next().value;
      if (oldest !== undefined) this.#replies.delete(oldest);
    }
    return reply;
  }
}
