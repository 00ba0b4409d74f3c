// SPDX-License-Identifier: MPL-2.0
// Every change of an allocation goes through here, so that summary, deployment and job status follow it.

import type { Allocation } from '@serai/api';
import type { Tx } from '../../tx.ts';
import { countInDeployment } from '../deployment-counts.ts';
import { TouchedJobs } from '../job/job-status.ts';
import { SummaryChanges } from '../job/job-summary.ts';

/** Use one per operation and call `finish` at its end. */
export class AllocWriter {
  readonly #tx: Tx;
  readonly #nowNs: number;
  readonly #summaries: SummaryChanges;
  readonly #jobs: TouchedJobs;

  constructor(tx: Tx, nowNs: number) {
    this.#tx = tx;
    this.#nowNs = nowNs;
    this.#summaries = new SummaryChanges(tx);
    this.#jobs = new TouchedJobs(tx);
  }

  /** Sets ModifyIndex and ModifyTime; `byServer` also AllocModifyIndex, by which the client sees what to fetch. */
  put(before: Allocation | undefined, after: Allocation, options: { byServer: boolean }): Allocation {
    const { index } = this.#tx;
    const row: Allocation = {
      ...after,
      CreateIndex: before?.CreateIndex ?? index,
      ModifyIndex: index,
      AllocModifyIndex: options.byServer ? index : (before?.AllocModifyIndex ?? index),
      CreateTime: before?.CreateTime ?? (after.CreateTime === 0 ? this.#nowNs : after.CreateTime),
      ModifyTime: this.#nowNs,
    };
    this.#summaries.add(before, row);
    countInDeployment(this.#tx, { before, after: row, nowNs: this.#nowNs });
    this.#tx.put('allocs', row);
    this.#jobs.add(row);
    return row;
  }

  finish(): void {
    this.#summaries.apply();
    this.#jobs.apply();
  }
}
