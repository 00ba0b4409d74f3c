// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evaluation, Job, make } from '@serai/api';
import fc from 'fast-check';
import { AppError } from '#base';
import {
  createIndexToken,
  idToken,
  namespaceIdToken,
  nameToken,
  type PageOptions,
  paginate,
} from './paginate.ts';

interface Item {
  readonly ID: string;
  readonly CreateIndex: number;
}
const items: Item[] = Array.from({ length: 12 }, (_, i) => ({ ID: `id-${i % 3}`, CreateIndex: 8 + i }));

function allPages(perPage: number, options: Partial<PageOptions<Item>> = {}): Item[][] {
  const pages: Item[][] = [];
  let nextToken = '';
  do {
    const page = paginate(items, { tokenizer: createIndexToken, perPage, nextToken, ...options });
    pages.push(page.items);
    nextToken = page.nextToken;
  } while (nextToken !== '');
  return pages;
}

test('without a limit there is one page', () => {
  assert.deepEqual(paginate(items, { tokenizer: createIndexToken }), { items, nextToken: '' });
  assert.deepEqual(paginate(items, { tokenizer: createIndexToken, perPage: -1 }).items, items);
});

test('the token names the first item of the next page', () => {
  const page = paginate(items, { tokenizer: createIndexToken, perPage: 3 });
  assert.deepEqual(page, { items: items.slice(0, 3), nextToken: '11.id-0' });
  const next = paginate(items, { tokenizer: createIndexToken, perPage: 3, nextToken: page.nextToken });
  assert.deepEqual(next.items, items.slice(3, 6));
});

test('indexes are compared as numbers: 9 comes before 10', () => {
  assert.deepEqual(allPages(2).flat(), items);
});

test('a last page that is full has no token', () => {
  assert.deepEqual(
    allPages(4).map((page) => page.length),
    [4, 4, 4],
  );
});

test('reverse walks from the end', () => {
  assert.deepEqual(allPages(5, { reverse: true }).flat(), items.toReversed());
});

test('an item that is gone is skipped, not looked for', () => {
  const left = items.filter((item) => item.CreateIndex !== 11);
  const page = paginate(left, { tokenizer: createIndexToken, perPage: 2, nextToken: '11.id-0' });
  assert.deepEqual(
    page.items.map((item) => item.CreateIndex),
    [12, 13],
  );
});

test('the filter comes before the count, and the token is of an item that passes', () => {
  const page = paginate(items, {
    tokenizer: createIndexToken,
    perPage: 2,
    filter: 'ID == "id-1"',
    include: (item) => item.CreateIndex > 9,
  });
  assert.deepEqual(
    page.items.map((item) => item.CreateIndex),
    [12, 15],
  );
  assert.equal(page.nextToken, '18.id-1');
});

test('a bad filter and a filter that does not fit have the texts of their own', () => {
  const bad = (filter: string) => (): unknown =>
    paginate([make(Evaluation, { ID: 'e' })], { tokenizer: idToken, filter, schema: Evaluation });
  assert.throws(bad('ID ='), {
    name: 'AppError',
    status: 400,
    message: /^failed to create result paginator: failed to read filter expression: 1:4: /,
  });
  assert.throws(bad('Nope == 1'), {
    name: 'AppError',
    status: 400,
    message: /^failed to read result page: error finding value in datum: \/Nope/,
  });
});

test('a token of another form does not loop or fail', () => {
  for (const nextToken of ['x', '.', '9', 'abc.def', '\u0000'])
    assert.ok(paginate(items, { tokenizer: createIndexToken, perPage: 2, nextToken }).items.length <= 2);
});

test('tokens are written as Nomad writes them', () => {
  assert.equal(idToken.of({ ID: 'a' }), 'a');
  assert.equal(nameToken.of({ Name: 'a' }), 'a');
  assert.equal(namespaceIdToken.of(make(Job, { Namespace: 'default', ID: 'web.1' })), 'default.web.1');
  assert.equal(createIndexToken.of({ CreateIndex: 7, ID: 'a' }), '7.a');
});

test('namespace and id are ordered one after the other, not as one text', () => {
  assert.ok(namespaceIdToken.compare('a.z', 'a-b.a') < 0);
  assert.ok(namespaceIdToken.compare('a.b', 'a.c') < 0);
  assert.equal(namespaceIdToken.compare('a.b', 'a.b'), 0);
});

test('all pages together are the list, for every size, order and filter', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(50), { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      fc.nat(5),
      (indexes, perPage, reverse, divisor) => {
        const list = indexes.toSorted((a, b) => a - b).map((i) => ({ ID: `x${i}`, CreateIndex: i }));
        const include = (item: Item): boolean => divisor === 0 || item.CreateIndex % divisor === 0;
        const seen: Item[] = [];
        let nextToken = '';
        do {
          const page = paginate(list, { tokenizer: createIndexToken, perPage, nextToken, reverse, include });
          assert.ok(page.items.length <= perPage);
          seen.push(...page.items);
          nextToken = page.nextToken;
        } while (nextToken !== '');
        assert.deepEqual(seen, (reverse ? list.toReversed() : list).filter(include));
      },
    ),
  );
});

test('an error that is no filter error passes unchanged', () => {
  const include = (): boolean => {
    throw new AppError('denied', 'Permission denied');
  };
  assert.throws(
    () => paginate(items, { tokenizer: createIndexToken, include }),
    /^AppError: Permission denied$/,
  );
});
