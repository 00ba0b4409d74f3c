// SPDX-License-Identifier: MPL-2.0
// The jobs that a periodic or parameterized job gives birth to: pure.

import type { Job } from '@serai/api';
import type { Stamp } from '../stamp.ts';

/** Characters of the random end of a dispatched job's id. */
const randomIdLength = 8;

function childOf(parent: Job, id: string, stamp: Stamp): Job {
  return {
    ...parent,
    ID: id,
    Name: id,
    ParentID: parent.ID,
    Stable: false,
    Status: '',
    StatusDescription: '',
    SubmitTime: stamp.nowNs,
  };
}

/** The child that is launched at this moment; asking twice for one moment gives one job. */
export function periodicChild(parent: Job, atMs: number, stamp: Stamp): Job {
  const id = `${parent.ID}/periodic-${Math.floor(atMs / 1000)}`;
  return { ...childOf(parent, id, stamp), Periodic: null };
}

export interface Dispatch {
  /** base64; null or "" for none */
  readonly payload: string | null;
  readonly meta: Readonly<Record<string, string>> | null;
  readonly idPrefix: string;
  readonly idempotencyToken: string;
}

/** A child with this payload and metadata. It stays periodic when its parent is: then it is launched by the clock. */
export function dispatchedChild(parent: Job, dispatch: Dispatch, stamp: Stamp): Job {
  const prefix = dispatch.idPrefix === '' ? '' : `${dispatch.idPrefix}-`;
  const seconds = Math.floor(stamp.nowMs / 1000);
  const id = `${parent.ID}/dispatch-${prefix}${seconds}-${stamp.uuid().slice(0, randomIdLength)}`;
  const meta = { ...parent.Meta, ...dispatch.meta };
  return {
    ...childOf(parent, id, stamp),
    Dispatched: true,
    DispatchIdempotencyToken: dispatch.idempotencyToken,
    Payload: dispatch.payload === '' ? null : dispatch.payload,
    Meta: Object.keys(meta).length === 0 ? parent.Meta : meta,
  };
}
