// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mockAlloc, mockEval } from '#testing';
import type { RowChange } from './tx.ts';
import { WatchHub, WatchSet } from './watch.ts';

const evalChange = (id: string): RowChange => ({
  table: 'evals',
  key: id,
  before: undefined,
  after: mockEval({ ID: id, JobID: 'web' }),
});
const allocChange = (from: string | undefined, to: string | undefined): RowChange => ({
  table: 'allocs',
  key: 'a',
  before: from === undefined ? undefined : mockAlloc({ ID: 'a', NodeID: from }),
  after: to === undefined ? undefined : mockAlloc({ ID: 'a', NodeID: to }),
});

/** How often each watch was woken by the changes. */
function wakes(watch: WatchSet, ...commits: RowChange[][]): number {
  const hub = new WatchHub();
  let count = 0;
  hub.add(watch, () => {
    count += 1;
  });
  for (const changes of commits) hub.notify(changes);
  return count;
}

describe('watches', () => {
  test('of a table wake at any row of it, of another table never', () => {
    assert.equal(wakes(new WatchSet().table('evals'), [evalChange('x')]), 1);
    assert.equal(wakes(new WatchSet().table('nodes', 'jobs'), [evalChange('x')]), 0);
  });

  test('of a row wake at that row only, however its id begins', () => {
    assert.equal(wakes(new WatchSet().row('evals', 'x'), [evalChange('x')]), 1);
    assert.equal(wakes(new WatchSet().row('evals', 'x'), [evalChange('xx')], [evalChange('')]), 0);
  });

  test('of an index value wake when a row comes, changes or leaves', () => {
    const watch = (): WatchSet => new WatchSet().index('allocs', 'node', 'n1');
    assert.equal(wakes(watch(), [allocChange(undefined, 'n1')]), 1);
    assert.equal(wakes(watch(), [allocChange('n1', 'n1')]), 1);
    assert.equal(wakes(watch(), [allocChange('n1', 'n2')]), 1);
    assert.equal(wakes(watch(), [allocChange('n1', undefined)]), 1);
    assert.equal(wakes(watch(), [allocChange('n2', 'n3')]), 0);
  });

  test('of nothing in particular wake at everything', () => {
    assert.equal(wakes(new WatchSet(), [evalChange('x')]), 1);
  });

  test('wake once, also when several of their keys change', () => {
    const watch = new WatchSet().table('evals', 'allocs').row('evals', 'x').index('allocs', 'node', 'n1');
    assert.equal(wakes(watch, [evalChange('x'), allocChange('n1', 'n2')], [evalChange('x')]), 1);
  });

  test('a restore wakes all', () => {
    const hub = new WatchHub();
    let count = 0;
    for (const watch of [new WatchSet(), new WatchSet().table('nodes'), new WatchSet().row('jobs', 'x')]) {
      hub.add(watch, () => {
        count += 1;
      });
    }
    hub.notifyAll();
    assert.deepEqual([count, hub.size], [3, 0]);
  });

  test('one that was canceled is not woken; canceling twice or late does nothing', () => {
    const hub = new WatchHub();
    let count = 0;
    const wake = (): void => {
      count += 1;
    };
    const cancel = hub.add(new WatchSet().table('evals'), wake);
    const other = hub.add(new WatchSet().table('evals'), wake);
    cancel();
    cancel();
    assert.equal(hub.size, 1);
    hub.notify([evalChange('x')]);
    other();
    assert.deepEqual([count, hub.size], [1, 0]);
  });

  test('a waiter that waits again while it is woken is woken by the next change', () => {
    const hub = new WatchHub();
    let count = 0;
    const again = (): void => {
      count += 1;
      hub.add(new WatchSet().table('evals'), again);
    };
    hub.add(new WatchSet().table('evals'), again);
    for (let i = 0; i < 3; i++) hub.notify([evalChange('x')]);
    assert.deepEqual([count, hub.size], [3, 1]);
  });

  test('any set of watches and changes: exactly those whose key changed wake, and nothing is left behind', () => {
    const id = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(id, { minLength: 1 })), fc.array(id), (watched, written) => {
        const hub = new WatchHub();
        const woken = watched.map(() => 0);
        const cancels = watched.map((ids, i) => {
          const watch = new WatchSet();
          for (const each of ids) watch.row('evals', each);
          return hub.add(watch, () => {
            woken[i] = (woken[i] ?? 0) + 1;
          });
        });
        for (const each of written) hub.notify([evalChange(each)]);
        assert.deepEqual(
          woken,
          watched.map((ids) => (ids.some((each) => written.includes(each)) ? 1 : 0)),
        );
        for (const cancel of cancels) cancel();
        assert.equal(hub.size, 0);
      }),
    );
  });
});
