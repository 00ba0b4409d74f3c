// SPDX-License-Identifier: MPL-2.0
// Both syntaxes must look the same to a reader.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHeadline } from '../diagnostic.ts';
import { type FixtureOptions, fixture, plain } from '../fixture.ts';
import type { Expression } from '../syntax/ast.ts';
import type { Value } from '../value/value.ts';
import type { Body } from './body.ts';
import { objectBody } from './object-body.ts';
import { opaqueValue } from './opaque.ts';
import { schemaOf } from './schema.ts';

const native = `
region = "eu"
count  = 2
task "web" {
  driver = "docker"
}
task "db" {
  driver = "exec"
  logs {
    max = 5
  }
}
`;

const json = `{
  "region": "eu",
  "count": 2,
  "task": {
    "web": { "driver": "docker" },
    "db": { "driver": "exec", "logs": { "max": 5 } }
  }
}`;

const root = schemaOf(['region', 'count', 'missing'], { task: ['name'] });
const task = schemaOf(['driver'], { logs: [] });

function shape(body: Body): unknown {
  const content = body.content(root);
  return {
    region: content.attribute('region')?.string(),
    count: content.attribute('count')?.integer(),
    missing: content.attribute('missing')?.string(),
    tasks: content.blocksOf('task').map((block) => {
      const inner = block.body.content(task);
      const max = inner.block('logs')?.body.justAttributes().get('max')?.number();
      return [block.labels[0]?.text, inner.attribute('driver')?.string(), max];
    }),
  };
}

const expected = {
  region: 'eu',
  count: 2,
  missing: undefined,
  tasks: [
    ['web', 'docker', undefined],
    ['db', 'exec', 5],
  ],
};

function report(text: string, read: (body: Body) => void, options: FixtureOptions = {}): string[] {
  const { body, diagnostics } = fixture(text, options);
  read(body);
  return diagnostics.list.map(formatHeadline);
}

for (const [syntax, text] of Object.entries({ native, json })) {
  test(`a body in ${syntax} syntax is read by its schema`, () => {
    const { body, diagnostics } = fixture(text);
    assert.deepEqual(shape(body), expected);
    assert.deepEqual(diagnostics.list, []);
  });
}

test('JSON holds several blocks of one kind in arrays', () => {
  const text =
    '{"task": [{"web": {"driver": "docker"}}, {"db": [{"driver": "exec", "logs": [{"max": 5}]}]}], "region": "eu", "count": 2}';
  assert.deepEqual(shape(fixture(text).body), expected);
  assert.deepEqual(shape(fixture(`[${text}]`).body), expected);
});

test('what the schema does not name is reported with its place and a near name', () => {
  assert.deepEqual(
    report('regin = 1\nzzz = 2\ntsk "a" {}\nlogs {}\n', (body) => body.content(root)),
    [
      'test.hcl:1,1-6: Unsupported argument; An argument named "regin" is not expected here. Did you mean "region"?',
      'test.hcl:2,1-4: Unsupported argument; An argument named "zzz" is not expected here.',
      'test.hcl:3,1-4: Unsupported block type; Blocks of type "tsk" are not expected here. Did you mean "task"?',
      'test.hcl:4,1-5: Unsupported block type; Blocks of type "logs" are not expected here.',
    ],
  );
  assert.deepEqual(
    report('{\n"regin": 1}', (body) => body.content(root)),
    [
      'test.hcl:2,1-8: Unsupported argument; An argument named "regin" is not expected here. Did you mean "region"?',
    ],
  );
});

test('an argument where a block is meant, and the other way round', () => {
  assert.deepEqual(
    report('task = 1\nregion {\n}\n', (body) => body.content(root)),
    [
      'test.hcl:1,1-5: Unsupported argument; An argument named "task" is not expected here. Did you mean to define a block of type "task"?',
      'test.hcl:2,1-7: Unsupported block type; Blocks of type "region" are not expected here. Did you mean to define argument "region"? If so, use the equals sign to assign it a value.',
    ],
  );
});

test('a partial read leaves the rest alone', () => {
  assert.deepEqual(
    report('other = 1\nx {}\nregion = "a"\n', (body) => body.partialContent(root)),
    [],
  );
});

test('labels are counted', () => {
  assert.deepEqual(
    report('task {\n}\ntask "a" "b" {\n}\n', (body) => body.content(root)),
    [
      'test.hcl:1,1-5: Missing name for task; All task blocks must have 1 label(s) (name).',
      'test.hcl:3,10-13: Extraneous label for task; Only 1 label(s) (name) are expected for task blocks.',
    ],
  );
  assert.deepEqual(
    report('logs "x" {}\n', (body) => body.content(task)),
    ['test.hcl:1,6-9: Extraneous label for logs; No labels are expected for logs blocks.'],
  );
  assert.match(
    report('{"task": {"a": 5}}', (body) => body.content(root)).join(),
    /^$|JSON object is required/,
  );
  assert.match(
    report('{"task": 5}', (body) => body.content(root)).join(),
    /A JSON object is required here, whose keys are the name of each task block/,
  );
});

test('required arguments are missed at the end of the block', () => {
  const schema = { attributes: [{ name: 'driver', required: true }], blocks: [] };
  assert.deepEqual(
    report('a = 1\n', (body) => body.partialContent(schema)),
    [
      'test.hcl:2,1-1: Missing required argument; The argument "driver" is required, but no definition was found.',
    ],
  );
});

test('a second block where one is allowed names the first', () => {
  const read = (body: Body): unknown => body.content(task).block('logs');
  assert.deepEqual(report('logs {\n}\nlogs {\n}\n', read), [
    'test.hcl:3,1-5: Duplicate logs block; Only one logs block is allowed. Another was defined at test.hcl:1,1-5.',
  ]);
});

test('blocks are an error where only attributes belong', () => {
  assert.deepEqual(
    report('a = 1\nb {\n}\n', (body) => body.justAttributes()),
    ['test.hcl:2,1-2: Unexpected "b" block; Blocks are not allowed here.'],
  );
});

test('the same argument twice', () => {
  assert.match(
    report('{"a": 1, "a": 2}', (body) => body.justAttributes()).join(),
    /Duplicate argument; The argument "a" was already set/,
  );
});

test('"//" is a comment in JSON', () => {
  const { body, diagnostics } = fixture('{"//": "hello", "region": "eu"}');
  assert.equal(body.content(root).attribute('region')?.string(), 'eu');
  assert.deepEqual([...body.justAttributes().keys()], ['region']);
  assert.deepEqual(diagnostics.list, []);
});

test('strings of JSON are templates', () => {
  const { body } = fixture(
    '{"a": "x${1 + 1}", "b": ["${node.class}", "\\"${upper(\\"q\\")}\\""], "c": "plain"}',
    { unknown: 'text' },
  );
  const values = [...body.justAttributes().values()].map((each) => plain(each.evaluate()));
  assert.deepEqual(values, ['x2', ['${node.class}', '"Q"'], 'plain']);
});

test('mistakes in templates of JSON strings point into the string', () => {
  assert.match(
    report('{\n  "a": "x${1 +}"\n}', (body) => body.justAttributes()).join(),
    /test\.hcl:2,15-16: Invalid expression/,
  );
  assert.match(
    report('{\n  "a": "\\n${q}"\n}', (body) => body.justAttributes().get('a')?.evaluate()).join(),
    /test\.hcl:2,8-8: Unknown variable/,
  );
});

test('getters convert, report, and tell null from wrong', () => {
  const text = 'n = "5"\nf = 1.5\nb = "true"\ns = 5\nl = ["a", 1]\nm = { a = 1 }\nz = null\nw = [1]\n';
  const { body, diagnostics } = fixture(text);
  const get = (name: string): NonNullable<ReturnType<ReturnType<Body['justAttributes']>['get']>> => {
    const attribute = body.justAttributes().get(name);
    assert.ok(attribute);
    return attribute;
  };
  assert.equal(get('n').number(), 5);
  assert.equal(get('n').integer(), 5);
  assert.equal(get('b').bool(), true);
  assert.equal(get('s').string(), '5');
  assert.deepEqual(get('l').strings(), ['a', '1']);
  assert.deepEqual({ ...get('m').stringMap() }, { a: '1' });
  assert.equal(get('z').string(), null);
  assert.deepEqual(diagnostics.list, []);
  assert.equal(get('f').integer(), undefined);
  assert.equal(get('w').string(), undefined);
  assert.equal(get('w').bool(), undefined);
  assert.deepEqual(diagnostics.list.map(formatHeadline), [
    'test.hcl:2,5-8: Incorrect attribute value type; Inappropriate value for attribute "f": a whole number is required.',
    'test.hcl:8,5-8: Incorrect attribute value type; Inappropriate value for attribute "w": a string is required.',
    'test.hcl:8,5-8: Incorrect attribute value type; Inappropriate value for attribute "w": a bool is required.',
  ]);
});

test('a wrong value is reported once', () => {
  const { body, diagnostics } = fixture('a = nothing\n');
  const attribute = body.justAttributes().get('a');
  attribute?.evaluate();
  attribute?.string();
  attribute?.number();
  assert.equal(diagnostics.list.length, 1);
});

test('dynamic blocks stand for a block per element', () => {
  const text = `
dynamic "task" {
  for_each = { a = "docker", b = "exec" }
  labels   = [task.key]
  content {
    driver = task.value
  }
}
task "c" {
  driver = "java"
}
dynamic "task" {
  for_each = ["d"]
  iterator = it
  labels   = ["\${it.value}\${it.key}"]
  content {
    driver = upper(it.value)
    dynamic "logs" {
      for_each = range(2)
      content {
        max = logs.value + it.key
      }
    }
  }
}`;
  const { body, diagnostics } = fixture(text, { dynamicBlocks: true });
  const tasks = body
    .content(root)
    .blocksOf('task')
    .map((block) => {
      const content = block.body.content(task);
      const logs = content.blocksOf('logs').map((each) => each.body.justAttributes().get('max')?.number());
      return [block.labels[0]?.text, content.attribute('driver')?.string(), logs];
    });
  assert.deepEqual(diagnostics.list.map(formatHeadline), []);
  assert.deepEqual(tasks, [
    ['a', 'docker', []],
    ['b', 'exec', []],
    ['c', 'java', []],
    ['d0', 'D', [0, 1]],
  ]);
});

test('a dynamic block over an empty collection is nothing', () => {
  const { body, diagnostics } = fixture('dynamic "logs" {\n for_each = []\n content {}\n}\n', {
    dynamicBlocks: true,
  });
  assert.deepEqual(body.content(task).blocks, []);
  assert.deepEqual(diagnostics.list, []);
});

const dynamicMistakes: readonly (readonly [string, RegExp])[] = [
  [
    'dynamic "x" {\n for_each = []\n content {}\n}',
    /Unsupported block type; Blocks of type "x" are not expected here/,
  ],
  ['dynamic "logs" {\n for_each = []\n}', /Missing content block/],
  ['dynamic "logs" {\n content {}\n}', /Missing required argument; The argument "for_each"/],
  ['dynamic "logs" {\n for_each = 5\n content {}\n}', /Cannot use a number value in for_each/],
  ['dynamic "logs" {\n for_each = null\n content {}\n}', /Cannot use a null value in for_each/],
  ['dynamic "logs" {\n for_each = [1]\n labels = ["a"]\n content {}\n}', /Extraneous label in dynamic block/],
  ['dynamic "logs" {\n for_each = [1]\n iterator = a.b\n content {}\n}', /Invalid iterator name/],
  ['dynamic "logs" {\n for_each = [1]\n content {}\n content {}\n}', /Extraneous content block/],
  [
    'dynamic "logs" {\n for_each = [1]\n other = 1\n content {}\n}',
    /An argument named "other" is not expected/,
  ],
  ['dynamic {\n for_each = [1]\n content {}\n}', /Missing type for dynamic/],
];

test('mistakes in dynamic blocks are reported', () => {
  for (const [text, pattern] of dynamicMistakes) {
    assert.match(
      report(text, (body) => body.content(task), { dynamicBlocks: true }).join('\n'),
      pattern,
      text,
    );
  }
  const labels = 'dynamic "task" {\n for_each = [1]\n content {}\n}';
  assert.match(
    report(labels, (body) => body.content(root), { dynamicBlocks: true }).join(),
    /Missing label for dynamic block/,
  );
  const badLabel = 'dynamic "task" {\n for_each = [1]\n labels = [[]]\n content {}\n}';
  assert.match(
    report(badLabel, (body) => body.content(root), { dynamicBlocks: true }).join(),
    /Every label must be a string/,
  );
});

test('dynamic is a block like any other where nobody asked for it', () => {
  assert.match(
    report('dynamic "logs" {}\n', (body) => body.content(task)).join(),
    /Blocks of type "dynamic" are not expected/,
  );
});

test('an opaque body becomes one value', () => {
  const text = `
image = "nginx"
ports = ["http"]
logging {
  type = "syslog"
  config {
    tag = "x"
  }
}
mount {
  source = "a"
}
mount {
  source = "b"
}
device "gpu" "0" {
  on = true
}
auth = { user = "u" }
`;
  assert.deepEqual(plain(opaqueValue(fixture(text).body)), {
    image: 'nginx',
    ports: ['http'],
    logging: [{ type: 'syslog', config: [{ tag: 'x' }] }],
    mount: [{ source: 'a' }, { source: 'b' }],
    device: [{ gpu: [{ '0': [{ on: true }] }] }],
    auth: { user: 'u' },
  });
});

test('an opaque body in JSON is its JSON', () => {
  assert.deepEqual(plain(opaqueValue(fixture('{"a": {"b": [1, {"c": null}]}, "d": "${1}"}').body)), {
    a: { b: [1, { c: null }] },
    d: 1,
  });
});

test('an object expression can be read as a body', () => {
  const attribute = fixture('tls = { http = true, "rpc" = false }\n').body.justAttributes().get('tls');
  const body = objectBody(attribute?.expression as Expression);
  assert.deepEqual(
    body?.everything().attributes.map((each) => each.name),
    ['http', 'rpc'],
  );
  assert.equal(
    objectBody(fixture('a = 1\n').body.justAttributes().get('a')?.expression as Expression),
    undefined,
  );
  const computed = fixture('a = { (x) = 1 }\n').body.justAttributes().get('a')?.expression as Expression;
  assert.throws(() => objectBody(computed), /name of an argument must be plain text/);
});

test('a body can be given other names', () => {
  const { body } = fixture('a = later\n');
  const scope = body.scope.child({ later: 5 as Value });
  assert.equal(body.withScope(scope).justAttributes().get('a')?.number(), 5);
});
