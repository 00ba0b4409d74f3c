// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, seededRandom } from '#base';
import { type ParseJobInput, parseJob } from './parse.ts';

const random = seededRandom(1);

function parse(source: string, input: Partial<ParseJobInput> = {}) {
  return parseJob({ source, filename: 'web.nomad', ...input }, { random });
}

/** The message of a file that must be refused. */
function refused(source: string, input: Partial<ParseJobInput> = {}): string {
  try {
    parse(source, input);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'invalid');
    return error.message;
  }
  return assert.fail('the file was accepted');
}

function task(body: string): string {
  return `job "web" {\n  group "g" {\n    task "t" {\n${body}\n    }\n  }\n}\n`;
}

function onlyTask(body: string, input: Partial<ParseJobInput> = {}) {
  return parse(task(body), input).job.TaskGroups?.[0]?.Tasks?.[0];
}

test('a job holds only what was written', () => {
  const { job, format, warnings } = parse('job "web" {\n  priority = 70\n}\n');
  assert.deepEqual(job, { ID: 'web', Name: 'web', Priority: 70 });
  assert.equal(format, 'hcl2');
  assert.deepEqual(warnings, []);
});

test('an unknown argument is refused with place, line and a near name', () => {
  const message = refused('job "web" {\n  group "g" {\n    cuont = 2\n  }\n}\n');
  assert.match(message, /^web\.nomad:3,5-10: Unsupported argument; /);
  assert.match(message, /"cuont"/);
  assert.match(message, /count/);
  assert.match(message, /3 \| {5}cuont = 2\n {4}\| {5}\^{5}/);
});

test('an unknown block is refused with its place', () => {
  assert.match(
    refused('job "web" {\n  gruop "g" {}\n}\n'),
    /^web\.nomad:2,3-\d+: Unsupported block type; .*"gruop"/,
  );
  assert.match(refused('group "g" {}\n'), /Unsupported block type/);
});

test('all mistakes of a file are reported at once', () => {
  const message = refused(task('      drivr = "x"\n      resources {\n        cpu = "much"\n      }'));
  assert.match(message, /web\.nomad:4,7-12/);
  assert.match(message, /web\.nomad:6,15-21: Incorrect attribute value type/);
});

test('a file needs exactly one job', () => {
  assert.match(refused(''), /Missing job block/);
  assert.match(refused('variable "x" {}\n'), /Missing job block|Unset variable/);
  const twice = refused('job "a" {}\njob "b" {}\n');
  assert.match(twice, /^web\.nomad:2,1-8: Duplicate job block; .*web\.nomad:1,1-8/);
});

test('a block that may stand once is refused twice', () => {
  assert.match(
    refused(task('      resources {}\n      resources {}')),
    /web\.nomad:5,7-16: Duplicate resources block; .*web\.nomad:4,7-16/,
  );
});

test('labels are required where a block has a name', () => {
  assert.match(refused('job {}\n'), /web\.nomad:1,.*label|name/i);
  assert.match(refused('job "a" {\n  group {}\n}\n'), /web\.nomad:2,/);
  assert.match(refused('job "a" "b" {}\n'), /web\.nomad:1,/);
});

test('durations are text with a unit or nanoseconds; anything else shows how to write them', () => {
  assert.equal(onlyTask('kill_timeout = "1m30s"')?.KillTimeout, 90_000_000_000);
  assert.equal(onlyTask('kill_timeout = 5')?.KillTimeout, 5);
  assert.match(
    refused(task('kill_timeout = "soon"')),
    /web\.nomad:4,16-22: Invalid duration; "soon" is not a duration\. Write a number with a unit/,
  );
  assert.match(refused(task('kill_timeout = [1]')), /Incorrect attribute value type/);
});

test('numbers must be whole where they count something, and not negative where that has no meaning', () => {
  assert.match(refused('job "a" {\n  priority = 1.5\n}\n'), /web\.nomad:2,14-17: .*whole number/);
  assert.match(
    refused(task('resources {\n  device "gpu" {\n    count = -1\n  }\n}')),
    /Invalid number; "count" must not be negative/,
  );
});

test('text of the run time stays as it is, everywhere', () => {
  const parsed = onlyTask(`
    driver = "docker"
    user   = "\${NOMAD_META_user}"
    config {
      image = "app:\${attr.cpu.arch}"
      args  = ["-p", "\${NOMAD_PORT_http}", "\${meta.x}", "\${env["a.b"]}"]
    }
    env {
      WHERE = "\${node.class}-\${node.unique.id}"
    }
    constraint {
      attribute = "\${attr.kernel.name}"
      value     = "linux"
    }`);
  assert.equal(parsed?.User, '${NOMAD_META_user}');
  assert.deepEqual(parsed?.Config, {
    image: 'app:${attr.cpu.arch}',
    args: ['-p', '${NOMAD_PORT_http}', '${meta.x}', '${env["a.b"]}'],
  });
  assert.deepEqual(parsed?.Env, { WHERE: '${node.class}-${node.unique.id}' });
  assert.equal(parsed?.Constraints?.[0]?.LTarget, '${attr.kernel.name}');
});

test('meta and env are blocks or maps, their values become text', () => {
  assert.deepEqual(onlyTask('env {\n  A = 1\n  B = true\n  C = "c"\n}')?.Env, { A: '1', B: 'true', C: 'c' });
  assert.deepEqual(onlyTask('env = { "odd key" = 1, B = "b" }')?.Env, { 'odd key': '1', B: 'b' });
  assert.match(refused(task('env {\n  A = [1]\n}')), /Incorrect attribute value type/);
  assert.match(refused(task('env = 5')), /Incorrect attribute value type/);
});

test('a key named __proto__ is an ordinary key', () => {
  const env = onlyTask('env = { "__proto__" = "x" }')?.Env ?? {};
  assert.deepEqual(Object.keys(env), ['__proto__']);
  const config = onlyTask('config {\n  __proto__ = { polluted = true }\n}')?.Config ?? {};
  assert.deepEqual(Object.keys(config), ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('a task outside of any group is a group of one', () => {
  const { job } = parse('job "a" {\n  group "g" {}\n  task "t" {\n    driver = "x"\n  }\n}\n');
  assert.deepEqual(job.TaskGroups, [{ Name: 'g' }, { Name: 't', Tasks: [{ Name: 't', Driver: 'x' }] }]);
});

test('vault of job and group is for tasks without their own', () => {
  const { job } = parse(`job "a" {
    vault { policies = ["job"] }
    group "g" {
      vault { policies = ["group"] }
      task "own" {
        vault { policies = ["task"] }
      }
      task "none" {}
    }
    group "h" {
      task "none" {}
    }
  }`);
  const policies = job.TaskGroups?.flatMap((group) => group?.Tasks?.map((each) => each?.Vault?.Policies));
  assert.deepEqual(policies, [['task'], ['group'], ['job']]);
});

test('check_restart of a service goes to each check, whose own fields win', () => {
  const { job } = parse(`job "a" {
    group "g" {
      service {
        check_restart {
          limit = 3
          grace = "90s"
        }
        check {}
        check {
          check_restart { limit = 5 }
        }
      }
    }
  }`);
  assert.deepEqual(
    job.TaskGroups?.[0]?.Services?.[0]?.Checks?.map((check) => check?.CheckRestart),
    [
      { Limit: 3, Grace: 90_000_000_000 },
      { Limit: 5, Grace: 90_000_000_000 },
    ],
  );
});

test('ports with a static number are reserved, the others dynamic', () => {
  const { job } = parse(`job "a" {
    group "g" {
      network {
        port "a" { static = 80 }
        port "b" {}
        port "c" { static = 0 }
      }
    }
  }`);
  const network = job.TaskGroups?.[0]?.Networks?.[0];
  assert.deepEqual(
    network?.ReservedPorts?.map((port) => port?.Label),
    ['a'],
  );
  assert.deepEqual(
    network?.DynamicPorts?.map((port) => port?.Label),
    ['b', 'c'],
  );
});

test('nested blocks of a driver config are lists, labels are keys, maps as attributes are lists of one', () => {
  const config = onlyTask(`config {
    mount { type = "bind" }
    mount { type = "tmpfs" }
    labelled "x" "y" { a = 1 }
    labels = { a = "b" }
    list   = [{ a = 1 }]
  }`)?.Config;
  assert.deepEqual(config, {
    labels: [{ a: 'b' }],
    list: [{ a: 1 }],
    mount: [{ type: 'bind' }, { type: 'tmpfs' }],
    labelled: [{ x: [{ y: [{ a: 1 }] }] }],
  });
});

test('group scaling needs a maximum, task scaling is named cpu or mem', () => {
  assert.match(
    refused('job "a" {\n  group "g" {\n    scaling {\n      min = 1\n    }\n  }\n}\n'),
    /web\.nomad:3,5-12: Missing required argument; The argument "max"/,
  );
  assert.match(
    refused(task('scaling "disk" {}')),
    /Invalid scaling policy name; .*"cpu" or "mem", not "disk"/,
  );
});

test('blocks can be generated', () => {
  const { job } = parse(`
    locals { groups = ["b", "a"] }
    job "x" {
      dynamic "group" {
        for_each = local.groups
        labels   = ["g-\${group.value}"]
        content {
          count = group.key + 1
          dynamic "task" {
            for_each = { one = "raw_exec" }
            iterator = each
            labels   = [each.key]
            content { driver = each.value }
          }
        }
      }
    }`);
  assert.deepEqual(job.TaskGroups, [
    { Name: 'g-b', Count: 1, Tasks: [{ Name: 'one', Driver: 'raw_exec' }] },
    { Name: 'g-a', Count: 2, Tasks: [{ Name: 'one', Driver: 'raw_exec' }] },
  ]);
});

test('file functions report that file access is off unless it is given', () => {
  const source = task('env { A = file("/etc/hostname") }');
  assert.match(refused(source), /filesystem function disabled/);
  const read: string[] = [];
  const files = {
    read: (path: string) => {
      read.push(path);
      return new TextEncoder().encode('inside');
    },
    exists: () => true,
    glob: () => [],
    absolute: (path: string) => path,
    expandHome: (path: string) => path,
  };
  const { job } = parseJob({ source, filename: 'web.nomad' }, { random, files });
  assert.deepEqual(job.TaskGroups?.[0]?.Tasks?.[0]?.Env, { A: 'inside' });
  assert.deepEqual(read, ['/etc/hostname']);
});

test('an unknown function is named', () => {
  assert.match(refused(task('user = frobnicate("x")')), /web\.nomad:4,\d+-\d+: .*frobnicate/s);
});

test('files for HCL 1 get a hint, and are read with hcl1', () => {
  const source = task('env {\n  "A" = "b",\n  "C" = "${not.evaluated}"\n}');
  const message = refused(source);
  assert.match(message, /web\.nomad:5,3-6: Invalid argument name/);
  assert.match(message, /Failed to parse using HCL 2; .*-hcl1/);
  const { job, format } = parse(source, { hcl1: true });
  assert.equal(format, 'hcl1');
  assert.deepEqual(job.TaskGroups?.[0]?.Tasks?.[0]?.Env, { A: 'b', C: '${not.evaluated}' });
});

test('invalid UTF-8, an endless nesting and a huge file are errors', () => {
  const bytes = new Uint8Array([...new TextEncoder().encode('job "a" {'), 0xff, 0xfe]);
  assert.match(refusedBytes(bytes), /UTF-8/);
  assert.match(refused(`job "a" {${' group "g" {'.repeat(5_000)}`), /nest|deep/i);
  assert.match(refused(`#${'x'.repeat(2_000_000)}\njob "a" {}`), /too large|bytes/i);
});

function refusedBytes(source: Uint8Array): string {
  try {
    parseJob({ source, filename: 'web.nomad' }, { random });
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail('the file was accepted');
}
