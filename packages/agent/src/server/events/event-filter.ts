// SPDX-License-Identifier: MPL-2.0
// Which events a subscriber wants.

import { AppError } from '#base';
import type { Event } from './event.ts';

/** Topics in one subscription. More: 400. */
export const maxTopics = 64;
/** Keys of all topics of one subscription. More: 400. */
export const maxKeys = 1024;

const any = '*';

export interface EventFilter {
  /** The same text for filters that let the same events through. */
  readonly signature: string;
  matches(event: Event): boolean;
}

/** Keys by topic; `*` stands for every topic, or for every key. No topics: everything. */
export function eventFilter(
  topics: Readonly<Record<string, readonly string[] | null>> | null,
  namespace: string,
): EventFilter {
  const wanted = new Map<string, ReadonlySet<string>>();
  const entries = Object.entries(topics ?? {});
  checkSizes(entries);
  for (const [topic, keys] of entries) wanted.set(topic, new Set(keys?.length ? keys : [any]));
  if (wanted.size === 0) wanted.set(any, new Set([any]));
  const ofAll = wanted.get(any);
  return {
    signature: signatureOf(wanted, namespace),
    matches: (event) => {
      if (namespace !== any && event.namespace !== '' && event.namespace !== namespace) return false;
      const keys = wanted.get(event.topic);
      return (keys !== undefined && hasKey(keys, event)) || (ofAll !== undefined && hasKey(ofAll, event));
    },
  };
}

function hasKey(keys: ReadonlySet<string>, event: Event): boolean {
  if (keys.has(any) || keys.has(event.key)) return true;
  return event.filterKeys?.some((key) => key !== '' && keys.has(key)) ?? false;
}

function checkSizes(entries: readonly (readonly [string, readonly string[] | null])[]): void {
  const keys = entries.reduce((sum, [, list]) => sum + (list?.length ?? 0), 0);
  if (entries.length > maxTopics)
    throw new AppError('invalid', `a subscription may name ${maxTopics} topics, not ${entries.length}`);
  if (keys > maxKeys) throw new AppError('invalid', `a subscription may name ${maxKeys} keys, not ${keys}`);
}

function signatureOf(wanted: ReadonlyMap<string, ReadonlySet<string>>, namespace: string): string {
  const topics = [...wanted].map(([topic, keys]) => [topic, [...keys].sort()] as const);
  return JSON.stringify([namespace, topics.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
