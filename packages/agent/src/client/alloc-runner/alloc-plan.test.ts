// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AllocStep, allocSteps, isOver } from './alloc-plan.ts';
import type { TaskView } from './task-view.ts';

function view(name: string, overrides: Partial<TaskView> = {}): TaskView {
  return {
    name,
    hook: 'main',
    sidecar: false,
    leader: false,
    state: 'pending',
    failed: false,
    started: false,
    released: false,
    killed: false,
    ...overrides,
  };
}
const running = { state: 'running', started: true, released: true } as const;
const ended = { state: 'dead', started: true, released: true } as const;

/** "start a, kill b (Leader Task Dead)" */
function steps(tasks: readonly TaskView[], stopping = false): string {
  return allocSteps({ tasks, stopping })
    .map((step: AllocStep) =>
      step.kind === 'start'
        ? `start ${step.task}`
        : `kill ${step.task}${step.event ? ` (${step.event.type})` : ''}`,
    )
    .join(', ');
}

const init = view('init', { hook: 'prestart' });
const log = view('log', { hook: 'prestart', sidecar: true });
const main = view('main');
const other = view('other');
const ping = view('ping', { hook: 'poststart' });
const clean = view('clean', { hook: 'poststop' });
const all = [init, log, main, other, ping, clean];

const golden: readonly (readonly [string, readonly TaskView[], string])[] = [
  ['first the prestart tasks', all, 'start init, start log'],
  ['main tasks wait for a one-shot prestart', [{ ...init, ...running }, { ...log, ...running }, main], ''],
  ['… and for a prestart sidecar to run', [{ ...init, ...ended }, { ...log, released: true }, main], ''],
  [
    'then all main tasks',
    [{ ...init, ...ended }, { ...log, ...running }, main, other, ping, clean],
    'start main, start other',
  ],
  ['poststart waits for every main task', [{ ...main, ...running }, { ...other, released: true }, ping], ''],
  [
    'poststart starts once they run',
    [{ ...main, ...running }, { ...other, ...running }, ping, clean],
    'start ping',
  ],
  [
    'poststart starts also when a main task is between two starts',
    [{ ...main, state: 'pending', started: true, released: true }, ping],
    'start ping',
  ],
  [
    'nothing to do while all run',
    [{ ...log, ...running }, { ...main, ...running }, { ...ping, ...ended }, clean],
    '',
  ],
  [
    'when the main tasks ended the sidecars go',
    [{ ...log, ...running }, { ...main, ...ended }, clean],
    'kill log (Main Tasks Dead)',
  ],
  [
    'poststop runs when all others are dead',
    [{ ...log, ...ended }, { ...main, ...ended }, clean],
    'start clean',
  ],
  [
    'a failed prestart ends everything, main never starts',
    [{ ...init, ...ended, failed: true }, { ...log, ...running }, main, clean],
    'kill log (Sibling Task Failed), kill main (Sibling Task Failed)',
  ],
  [
    'a failed main task ends its siblings',
    [{ ...main, ...ended, failed: true }, { ...other, ...running }, clean],
    'kill other (Sibling Task Failed)',
  ],
  [
    'what was told to end is not told again',
    [
      { ...main, ...ended, failed: true },
      { ...other, ...running, killed: true },
    ],
    '',
  ],
  [
    'poststop runs after a failure, too',
    [{ ...main, ...ended, failed: true }, { ...other, ...ended }, clean],
    'start clean',
  ],
  [
    'the end of the leader ends the others',
    [
      { ...main, ...ended, leader: true },
      { ...other, ...running },
    ],
    'kill other (Leader Task Dead)',
  ],
  [
    'the end of a main task that is no leader ends nobody',
    [
      { ...main, ...ended },
      { ...other, ...running },
    ],
    '',
  ],
  [
    'a failed poststop ends nobody',
    [
      { ...main, ...ended },
      { ...clean, ...ended, failed: true },
    ],
    '',
  ],
];

for (const [name, tasks, expected] of golden) test(name, () => assert.equal(steps(tasks), expected));

test('a stop kills the leader first, then the others, then runs poststop', () => {
  const leader = { ...main, ...running, leader: true };
  const follower = { ...other, ...running };
  assert.equal(steps([leader, follower, clean], true), 'kill main');
  assert.equal(steps([{ ...leader, killed: true }, follower, clean], true), '');
  assert.equal(steps([{ ...leader, ...ended }, follower, clean], true), 'kill other');
  assert.equal(steps([{ ...leader, ...ended }, { ...follower, ...ended }, clean], true), 'start clean');
});

test('a stop before anything ran ends everything, poststop included', () => {
  assert.equal(steps([main, clean], true), 'kill main');
  assert.equal(steps([{ ...main, state: 'dead' }, clean], true), 'kill clean');
});

test('poststop that runs is left alone by a stop', () => {
  assert.equal(
    steps(
      [
        { ...main, ...ended },
        { ...clean, ...running },
      ],
      true,
    ),
    '',
  );
});

test('it is over when all are dead', () => {
  assert.equal(isOver([{ ...main, ...ended }, clean]), false);
  assert.equal(
    isOver([
      { ...main, ...ended },
      { ...clean, ...ended },
    ]),
    true,
  );
});

/** Carries steps out on made-up tasks until nothing happens any more. */
function play(tasks: TaskView[], outcome: (name: string) => boolean): { order: string[]; end: TaskView[] } {
  const order: string[] = [];
  let now = tasks;
  for (let round = 0; round < 100; round++) {
    const todo = allocSteps({ tasks: now, stopping: false });
    if (todo.length === 0) {
      // the first one that can end by itself does
      const next = now.find((task) => task.state === 'running' && !task.sidecar);
      if (!next) break;
      now = now.map((task) =>
        task === next ? { ...task, state: 'dead', failed: !outcome(task.name) } : task,
      );
      continue;
    }
    for (const step of todo) {
      if (step.kind === 'start') order.push(step.task);
      now = now.map((task) =>
        task.name !== step.task
          ? task
          : step.kind === 'start'
            ? { ...task, ...running }
            : { ...task, state: 'dead', killed: true },
      );
    }
  }
  return { order, end: now };
}

test('whatever fails: everything ends, nothing starts twice, and the order holds', () => {
  const hook = fc.constantFrom('prestart', 'main', 'poststart', 'poststop') as fc.Arbitrary<TaskView['hook']>;
  const task = fc.record({ hook, sidecar: fc.boolean(), leader: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(task, { maxLength: 6 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      (raw, luck) => {
        const made = [{ hook: 'main' as const, sidecar: false, leader: false }, ...raw].map((item, i) =>
          view(`t${i}`, {
            ...item,
            sidecar: item.sidecar && (item.hook === 'prestart' || item.hook === 'poststart'),
            leader: item.leader && item.hook === 'main',
          }),
        );
        const { order, end } = play(made, (name) => luck[Number(name.slice(1))] ?? true);
        assert.ok(isOver(end), 'all are dead');
        assert.equal(new Set(order).size, order.length, 'none started twice');
        const rank = { prestart: 0, main: 1, poststart: 2, poststop: 3 };
        const ranks = order.map((name) => rank[made.find((item) => item.name === name)?.hook ?? 'main']);
        assert.deepEqual(ranks, ranks.toSorted(), 'in the order of hooks');
      },
    ),
  );
});
