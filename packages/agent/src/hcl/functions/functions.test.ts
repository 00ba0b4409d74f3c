// SPDX-License-Identifier: MPL-2.0
// Every function by example: `expression` and what it gives, or the message it fails with.

import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { evaluateText, plain } from '../fixture.ts';
import type { FileAccess } from './spec.ts';
import { standardFunctions } from './standard.ts';

type Examples = readonly (readonly [string, unknown])[];

const tables: Readonly<Record<string, Examples>> = {
  abs: [
    ['abs(-4)', 4],
    ['abs(4.5)', 4.5],
    ['abs("-1")', 1],
  ],
  ceil: [
    ['ceil(1.2)', 2],
    ['ceil(-1.2)', -1],
  ],
  floor: [
    ['floor(1.8)', 1],
    ['floor(-1.2)', -2],
  ],
  log: [
    ['log(100, 10)', 2],
    ['log(8, 2)', 3],
    ['log(27, 3)', 3],
    ['log(0, 10)', /not a finite number/],
  ],
  max: [
    ['max(1, 3, 2)', 3],
    ['max("4", 3)', 4],
    ['max()', /at least one number/],
  ],
  min: [['min(1, 3, -2)', -2]],
  parseint: [
    ['parseint("ff", 16)', 255],
    ['parseint("-1010", 2)', -10],
    ['parseint("FF", 16)', 255],
    ['parseint(12, 10)', 12],
    ['parseint("zZ", 62)', 2231],
    ['parseint("12", 2)', /cannot parse "12" as a base 2 integer/],
    ['parseint("", 10)', /cannot parse/],
    ['parseint("1", 63)', /base must be/],
    ['parseint([], 10)', /string or a number is required/],
  ],
  pow: [
    ['pow(2, 10)', 1024],
    ['pow(4, 0.5)', 2],
    ['pow(10, 400)', /not a finite number/],
  ],
  signum: [
    ['signum(-3)', -1],
    ['signum(0)', 0],
    ['signum(9)', 1],
  ],
  chomp: [
    ['chomp("a\\n\\n")', 'a'],
    ['chomp("a\\r\\n")', 'a'],
    ['chomp("a\\nb")', 'a\nb'],
  ],
  indent: [
    ['indent(2, "a\\nb\\nc")', 'a\n  b\n  c'],
    ['indent(-1, "a")', /whole number/],
  ],
  join: [
    ['join("-", ["a", "b"])', 'a-b'],
    ['join("-", ["a"], ["b", "c"])', 'a-b-c'],
    ['join("-", [])', ''],
    ['join("-", [1, true])', '1-true'],
    ['join("-", [null])', /element 0 is null/],
  ],
  lower: [['lower("ÄB c")', 'äb c']],
  upper: [['upper("äb")', 'ÄB']],
  title: [
    ['title("hello wide world")', 'Hello Wide World'],
    ['title("a-b c_d 1e")', 'A-B C_d 1e'],
  ],
  replace: [
    ['replace("1 + 2 + 3", "+", "-")', '1 - 2 - 3'],
    ['replace("aaa", "a", "")', ''],
    ['replace("ab", "", "-")', '-a-b-'],
    ['replace("a.b", ".", "$1")', 'a$1b'],
  ],
  regex_replace: [
    ['regex_replace("foo123", "([a-z]+)(\\\\d+)", "$2-$1")', '123-foo'],
    ['regex_replace("aXbX", "X", "$$")', 'a$b$'],
    ['regex_replace("abc", "(?P<first>a)", "<${first}>")', /Unknown variable/],
    ['regex_replace("abc", "(?P<first>a)", "<$${first}>")', '<a>bc'],
    ['regex_replace("abc", "(?P<first>a)", "<$first>")', '<a>bc'],
    ['regex_replace("abc", "x*", "-")', '-a-b-c-'],
    ['regex_replace("a", "(", "x")', /invalid regular expression/],
    ['regex_replace("ab", "b", "$9")', 'a'],
  ],
  split: [
    ['split(",", "a,b,c")', ['a', 'b', 'c']],
    ['split(",", "")', ['']],
    ['split("", "añ😀")', ['a', 'ñ', '😀']],
  ],
  strlen: [
    ['strlen("hello")', 5],
    ['strlen("👩‍👩‍👧‍👦é")', 2],
    ['strlen("")', 0],
    ['strlen("a\\r\\nb")', 3],
  ],
  strrev: [
    ['strrev("hello")', 'olleh'],
    ['strrev("☃é")', 'é☃'],
  ],
  substr: [
    ['substr("hello world", 1, 4)', 'ello'],
    ['substr("hello", -3, 2)', 'll'],
    ['substr("hello", 2, -1)', 'llo'],
    ['substr("hello", 10, 1)', ''],
    ['substr("hello", 0, 0)', ''],
    ['substr("hi", -5, 1)', 'h'],
    ['substr("hi", 0.5, 1)', /whole number/],
  ],
  trim: [
    ['trim("?!hello?!", "!?")', 'hello'],
    ['trim("aa", "a")', ''],
    ['trim("x", "")', 'x'],
  ],
  trimprefix: [
    ['trimprefix("helloworld", "hello")', 'world'],
    ['trimprefix("x", "y")', 'x'],
  ],
  trimsuffix: [
    ['trimsuffix("helloworld", "world")', 'hello'],
    ['trimsuffix("x", "")', 'x'],
  ],
  trimspace: [['trimspace("  a b\\n")', 'a b']],
  format: [
    ['format("Hello, %s!", "Ander")', 'Hello, Ander!'],
    ['format("%d of %d", 2, "3")', '2 of 3'],
    ['format("%05d|%-5d|%+d|% d", 42, 42, 42, 42)', '00042|42   |+42| 42'],
    ['format("%-05d|", 42)', '42   |'],
    ['format("%06.2f", -3.14159)', '-03.14'],
    ['format("%.0f %.0f %.1f %.1f %f", 2.5, 3.5, 2.25, -0.75, 1)', '2 4 2.2 -0.8 1.000000'],
    ['format("%e", 12345.678)', '1.234568e+04'],
    ['format("%g %g %g", 100000, 1e21, 0.00001)', '100000 1e+21 1e-05'],
    [
      'format("%v %v %g %.3g", 123456, 1000000, 123456789.5, 123456)',
      '123456 1e+06 1.234567895e+08 1.23e+05',
    ],
    ['format("%b %o %x %X", 5, 8, 255, 255)', '101 10 ff FF'],
    ['format("%#b %#o %#x %#X", 5, 8, 255, 255)', '0b101 010 0xff 0XFF'],
    ['format("%x", "hi")', /a number is required/],
    ['format("%d", 1.5)', /an integer is required/],
    ['format("%q %#v %v", "a", "b", "c")', '"a" "b" c'],
    ['format("%v %v %v", [1, "a"], { b = true }, null)', '[1,"a"] {"b":true} null'],
    ['format("%t", true)', 'true'],
    ['format("%s", 5)', '5'],
    ['format("%.2s|%5s|%-5s|", "abc", "ab", "ab")', 'ab|   ab|ab   |'],
    ['format("%[2]s %[1]s", "a", "b")', 'b a'],
    ['format("%*d", 4, 7)', /unrecognized format character "\*"/],
    ['format("%s", null)', /null value cannot be formatted/],
    ['format("100%%")', '100%'],
    ['format("%s")', /not enough arguments/],
    ['format("x", 1)', /too many arguments; only 0 used/],
    ['format("%d", "x")', /unsupported value for "%d": a number is required/],
    ['format("%z", 1)', /unrecognized format character "z"/],
    ['format("%")', /ends in the middle/],
    ['format("%d", null)', /null value cannot be formatted/],
  ],
  formatlist: [
    ['formatlist("%s-%d", ["a", "b"], [1, 2])', ['a-1', 'b-2']],
    ['formatlist("%s-%s", "x", ["a", "b"])', ['x-a', 'x-b']],
    ['formatlist("x")', ['x']],
    ['formatlist("%s%s", ["a"], ["b", "c"])', /different lengths/],
  ],
  chunklist: [
    ['chunklist([1, 2, 3, 4, 5], 2)', [[1, 2], [3, 4], [5]]],
    ['chunklist([1, 2], 0)', [[1, 2]]],
    ['chunklist([], 3)', []],
    ['chunklist([1], -1)', /must be positive/],
  ],
  coalesce: [
    ['coalesce(null, "", "b")', ''],
    ['coalesce(null, 2)', 2],
    ['coalesce(null)', /no non-null arguments/],
  ],
  coalescelist: [
    ['coalescelist([], ["a"])', ['a']],
    ['coalescelist(null, [1])', [1]],
    ['coalescelist([])', /at least one element/],
  ],
  compact: [['compact(["a", "", "b", null])', ['a', 'b']]],
  concat: [
    ['concat([1], [], ["a"])', [1, 'a']],
    ['concat()', []],
    ['concat("a")', /a list is required/],
  ],
  contains: [
    ['contains(["a"], "a")', true],
    ['contains(["a"], "b")', false],
    ['contains([[1]], [1])', true],
    ['contains([1], "1")', false],
  ],
  distinct: [
    ['distinct([1, 2, 1, "1"])', ['1', '2']],
    ['distinct([1, true, 1])', [1, true]],
    ['distinct([[1], [1]])', [[1]]],
  ],
  element: [
    ['element(["a", "b", "c"], 1)', 'b'],
    ['element(["a", "b", "c"], 4)', 'b'],
    ['element([], 0)', /empty list/],
    ['element(["a"], -1)', /negative index/],
  ],
  flatten: [
    ['flatten([1, [2, [3, []]], { a = [4] }])', [1, 2, 3, { a: [4] }]],
    ['flatten([])', []],
  ],
  index: [
    ['index(["a", "b"], "b")', 1],
    ['index(["a", "b"], 1)', 'b'],
    ['index({ a = 5 }, "a")', 5],
    ['index([10, 20], 20)', 1],
    ['index(["a"], "x")', /item not found/],
    ['index({ a = 5 }, "b")', /no element with the key/],
  ],
  keys: [
    ['keys({ b = 1, a = 2 })', ['a', 'b']],
    ['keys({})', []],
  ],
  length: [
    ['length([1, 2])', 2],
    ['length({ a = 1 })', 1],
    ['length("añ")', 2],
    ['length(5)', /must be a string, a collection/],
  ],
  lookup: [
    ['lookup({ a = 1 }, "a", 5)', 1],
    ['lookup({ a = 1 }, "b", 5)', 5],
    ['lookup({ a = 1 }, "b", null)', null],
    ['lookup({ a = 1 }, "b")', /failed to find key "b"/],
    ['lookup({ a = 1 }, "toString", "none")', 'none'],
  ],
  merge: [
    ['merge({ a = 1, b = 2 }, { b = 3 }, { c = 4 })', { a: 1, b: 3, c: 4 }],
    ['merge()', {}],
    ['merge({ a = 1 }, null)', { a: 1 }],
    ['merge({}, [])', /must be maps or objects, got tuple/],
  ],
  range: [
    ['range(3)', [0, 1, 2]],
    ['range(1, 4)', [1, 2, 3]],
    ['range(1, 8, 2)', [1, 3, 5, 7]],
    ['range(4, 1)', [4, 3, 2]],
    ['range(-3)', [0, -1, -2]],
    ['range(0, 1, 0.25)', [0, 0.25, 0.5, 0.75]],
    ['range(0)', []],
    ['range(1, 2, 0)', /step must not be zero/],
    ['range(1, 5, -1)', /step must be positive/],
    ['range(5, 1, 1)', /step must be negative/],
    ['range()', /one, two, or three arguments/],
    ['range(1, 2, 3, 4)', /one, two, or three arguments/],
  ],
  reverse: [
    ['reverse("abc")', 'cba'],
    ['reverse([1, 2])', [2, 1]],
  ],
  slice: [
    ['slice(["a", "b", "c"], 1, 3)', ['b', 'c']],
    ['slice(["a"], 0, 0)', []],
    ['slice(["a"], 1, 0)', /greater than end index/],
    ['slice(["a"], 0, 2)', /length of the list/],
    ['slice(["a"], -1, 0)', /less than zero/],
  ],
  sort: [
    ['sort(["b", "a", "C"])', ['C', 'a', 'b']],
    ['sort([10, 9])', ['10', '9']],
    ['sort([null])', /null values/],
  ],
  values: [
    ['values({ b = 1, a = 2 })', [2, 1]],
    ['values({ a = 1, b = "x" })', [1, 'x']],
    ['values([1])', /map or object/],
  ],
  zipmap: [
    ['zipmap(["a", "b"], [1, 2])', { a: 1, b: 2 }],
    ['zipmap(["a"], [])', /number of keys \(1\)/],
  ],
  setintersection: [
    ['setintersection(["a", "b"], ["b", "c"])', ['b']],
    ['setintersection()', /at least one set/],
  ],
  setproduct: [
    [
      'setproduct(["a", "b"], [1, 2])',
      [
        ['a', 1],
        ['a', 2],
        ['b', 1],
        ['b', 2],
      ],
    ],
    ['setproduct(["a"], [])', []],
    ['setproduct(["a"])', /at least two/],
    ['setproduct("a", "b")', /a set or a list/],
  ],
  setunion: [
    ['setunion(["b"], ["a", "b"])', ['a', 'b']],
    ['setunion([2, 10], [1])', [1, 2, 10]],
  ],
  base64encode: [['base64encode("Hello é")', 'SGVsbG8gw6k=']],
  base64decode: [
    ['base64decode("SGVsbG8gw6k=")', 'Hello é'],
    ['base64decode("!")', /failed to decode base64/],
    ['base64decode("/w==")', /not valid UTF-8/],
  ],
  csvdecode: [
    [
      'csvdecode("a,b\\n1,2\\n3,4\\n")',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['csvdecode("a,b\\r\\n\\"x,y\\",\\"q\\"\\"r\\"\\r\\n")', [{ a: 'x,y', b: 'q"r' }]],
    ['csvdecode("a\\n\\"two\\nlines\\"")', [{ a: 'two\nlines' }]],
    ['csvdecode("a,b\\n1")', /record 2 has 1 field/],
    ['csvdecode("a,a\\n")', /duplicate column/],
    ['csvdecode("")', /missing header/],
    ['csvdecode("a\\n\\"x")', /never closed/],
    ['csvdecode("a\\nx\\"y")', /bare "/],
    ['csvdecode("a\\n\\"x\\"y")', /unexpected character/],
  ],
  jsondecode: [
    ['jsondecode("{\\"a\\": [1, null, true]}")', { a: [1, null, true] }],
    ['jsondecode("{\\"__proto__\\": 1}").__proto__', 1],
    ['jsondecode("{")', /Invalid function argument/],
  ],
  jsonencode: [
    ['jsonencode({ b = [1, "x"], a = null })', '{"a":null,"b":[1,"x"]}'],
    ['jsonencode("<a>&")', '"\\u003ca\\u003e\\u0026"'],
    ['jsonencode(1e21)', '1000000000000000000000'],
    ['jsonencode("é\\n")', '"é\\n"'],
  ],
  urlencode: [['urlencode("a b&c=d/é!\'()*~")', 'a+b%26c%3Dd%2F%C3%A9%21%27%28%29%2A~']],
  yamldecode: [
    ['yamldecode("a: [1, x]\\nb:\\n  c: true\\nd: null")', { a: [1, 'x'], b: { c: true }, d: null }],
    ['yamldecode("hello")', 'hello'],
    ['yamldecode("a: [")', /invalid YAML/],
  ],
  yamlencode: [
    ['yamlencode({ b = [1, { c = true }], a = "x" })', '"a": "x"\n"b":\n- 1\n- "c": true\n'],
    ['yamlencode("x")', '"x"\n'],
  ],
  basename: [
    ['basename("/a/b.txt")', 'b.txt'],
    ['basename("/")', '/'],
    ['basename("")', '.'],
  ],
  dirname: [
    ['dirname("/a/b.txt")', '/a'],
    ['dirname("b")', '.'],
  ],
  formatdate: [
    ['formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")', '02 Jan 2018 23:12 UTC'],
    ['formatdate("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z")', 'Tuesday, 02-Jan-18 23:12:01 UTC'],
    [
      'formatdate("EEE, DD MMM YYYY hh:mm:ss ZZZ", "2018-01-02T23:12:01-08:00")',
      'Tue, 02 Jan 2018 23:12:01 -0800',
    ],
    ['formatdate("MMM DD, YYYY", "2018-01-02T23:12:01Z")', 'Jan 02, 2018'],
    ['formatdate("HH:mmaa h H AA", "2018-01-02T13:02:01Z")', '01:02pm 13 1 PM'],
    ['formatdate("MMMM M D s m YY", "2018-03-04T05:06:07Z")', 'March 3 4 7 6 18'],
    ['formatdate("YYYY\'it\'\'s\'Z ZZZZ ZZZZZ", "2018-01-02T00:00:00+01:30")', "2018it's+01:30 +0130 +01:30"],
    ['formatdate("YYYYY", "2018-01-02T23:12:01Z")', /invalid date format verb "YYYYY"/],
    ['formatdate("\'x", "2018-01-02T23:12:01Z")', /never closed/],
    ['formatdate("YYYY", "2018-02-30T00:00:00Z")', /not a valid RFC3339 timestamp/],
    ['formatdate("YYYY", "yesterday")', /not a valid RFC3339 timestamp/],
  ],
  timeadd: [
    ['timeadd("2017-11-22T00:00:00Z", "10m")', '2017-11-22T00:10:00Z'],
    ['timeadd("2017-12-31T23:59:59Z", "1s")', '2018-01-01T00:00:00Z'],
    ['timeadd("2016-02-28T12:00:00Z", "24h")', '2016-02-29T12:00:00Z'],
    ['timeadd("1970-01-01T00:00:00Z", "-1h30m")', '1969-12-31T22:30:00Z'],
    ['timeadd("2017-11-22T00:00:00.5+02:00", "1.5s")', '2017-11-22T00:00:02+02:00'],
    ['timeadd("2017-11-22T00:00:00Z", "soon")', /not a valid duration/],
  ],
  md5: [['md5("hello")', '5d41402abc4b2a76b9719d911017c592']],
  sha1: [['sha1("hello")', 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d']],
  sha256: [['sha256("hello")', '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824']],
  sha512: [['substr(sha512("hello"), 0, 16)', '9b71d224bd62f378']],
  uuidv5: [
    ['uuidv5("dns", "example.com")', 'cfbff0d1-9375-5685-968c-48ce8b15ae17'],
    ['uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "example.com")', 'cfbff0d1-9375-5685-968c-48ce8b15ae17'],
    ['uuidv5("x", "y")', /must be dns, url, oid, x500 or a UUID/],
  ],
  cidrhost: [
    ['cidrhost("10.12.112.0/20", 16)', '10.12.112.16'],
    ['cidrhost("10.12.112.0/20", 268)', '10.12.113.12'],
    ['cidrhost("10.12.112.0/20", -1)', '10.12.127.255'],
    ['cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)', 'fd00:fd12:3456:7890::22'],
    ['cidrhost("10.0.0.0/30", 4)', /does not accommodate a host numbered 4/],
    ['cidrhost("10.0.0.0", 4)', /invalid CIDR expression/],
    ['cidrhost("10.0.0.0/33", 4)', /invalid CIDR expression/],
  ],
  cidrnetmask: [
    ['cidrnetmask("172.16.0.0/12")', '255.240.0.0'],
    ['cidrnetmask("fd00::/8")', /cannot have a netmask/],
  ],
  cidrsubnet: [
    ['cidrsubnet("172.16.0.0/12", 4, 2)', '172.18.0.0/16'],
    ['cidrsubnet("10.1.2.0/24", 4, 15)', '10.1.2.240/28'],
    ['cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)', 'fd00:fd12:3456:7800:a200::/72'],
    ['cidrsubnet("10.0.0.0/24", 4, 16)', /does not accommodate a subnet numbered 16/],
    ['cidrsubnet("10.0.0.0/24", 9, 0)', /not enough remaining address space/],
  ],
  cidrsubnets: [
    [
      'cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)',
      ['10.1.0.0/20', '10.1.16.0/20', '10.1.32.0/24', '10.1.48.0/20'],
    ],
    ['cidrsubnets("10.0.0.0/24", 1, 1, 1)', /not enough remaining address space/],
    ['cidrsubnets("10.0.0.0/24", 0)', /at least one bit/],
    ['cidrsubnets("::ffff:10.0.0.0/120", 1)', ['::ffff:a00:0/121']],
  ],
  can: [
    ['can(1 + 1)', true],
    ['can(nothing.there)', false],
    ['can(upper([]))', false],
  ],
  try: [
    ['try(nothing.there, "b")', 'b'],
    ['try(1, nothing.there)', 1],
    ['try(a.b, c.d)', /no expression succeeded/],
    ['try()', /at least one argument/],
  ],
  convert: [
    ['convert("5", number)', 5],
    ['convert(["b", "a", "b"], set(string))', ['a', 'b']],
    ['convert({ a = 1 }, map(string))', { a: '1' }],
    ['convert({}, object({ a = optional(number, 3) }))', { a: 3 }],
    ['convert("x", number)', /a number is required/],
    ['convert("x", nonsense)', /Invalid type specification/],
  ],
};

for (const [name, examples] of Object.entries(tables)) {
  test(name, () => {
    for (const [expression, expected] of examples) {
      if (expected instanceof RegExp) assert.throws(() => evaluateText(expression), expected, expression);
      else assert.deepEqual(plain(evaluateText(expression)), expected, expression);
    }
  });
}

test('every function has an example', () => {
  const elsewhere = [
    'abspath',
    'file',
    'filebase64',
    'fileexists',
    'fileset',
    'pathexpand',
    'bcrypt',
    'rsadecrypt',
    'uuidv4',
  ];
  const all = [...standardFunctions({ random: seededRandom(1) }).keys()];
  assert.deepEqual(
    all.filter((name) => !(name in tables) && !elsewhere.includes(name)),
    [],
  );
  assert.equal(all.length, 83);
});

const files: FileAccess = {
  read: (path) => {
    if (path === 'text') return Buffer.from('héllo');
    if (path === 'binary') return Uint8Array.of(0xff, 0xfe);
    throw new Error(`no file exists at ${path}`);
  },
  exists: (path) => path === 'text',
  glob: (directory, pattern) => [`${directory}:${pattern}`],
  absolute: (path) => `/base/${path}`,
  expandHome: (path) => path.replace('~', '/home/u'),
};

test('file functions go through the given access', () => {
  assert.equal(evaluateText('file("text")', { files }), 'héllo');
  assert.equal(evaluateText('filebase64("binary")', { files }), '//4=');
  assert.equal(evaluateText('fileexists("text")', { files }), true);
  assert.equal(evaluateText('fileexists("other")', { files }), false);
  assert.deepEqual(evaluateText('fileset("d", "*.txt")', { files }), ['d:*.txt']);
  assert.equal(evaluateText('abspath("x")', { files }), '/base/x');
  assert.equal(evaluateText('pathexpand("~/x")', { files }), '/home/u/x');
  assert.throws(() => evaluateText('file("none")', { files }), /no file exists at none/);
  assert.throws(
    () => evaluateText('file("binary")', { files }),
    /not valid UTF-8; use the filebase64 function/,
  );
});

test('without an access, file functions say so', () => {
  for (const call of [
    'file("x")',
    'filebase64("x")',
    'fileexists("x")',
    'fileset("x", "y")',
    'abspath("x")',
    'pathexpand("~")',
  ]) {
    assert.throws(() => evaluateText(call), /filesystem function disabled/, call);
  }
});

test('bcrypt hashes with the cost asked for', () => {
  const hash = evaluateText('bcrypt("secret", 4)');
  assert.match(String(hash), /^\$2a\$04\$[./A-Za-z0-9]{53}$/);
  assert.throws(() => evaluateText('bcrypt("secret", 3)'), /cost must be a whole number/);
  assert.throws(() => evaluateText('bcrypt("secret", 4, 4)'), /no more than two arguments/);
  assert.throws(() => evaluateText(`bcrypt("${'x'.repeat(73)}", 4)`), /72 bytes/);
});

test('rsadecrypt opens what was encrypted for its key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const sealed = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from('hush'),
  ).toString('base64');
  const key = JSON.stringify(pem);
  assert.equal(evaluateText(`rsadecrypt("${sealed}", ${key})`), 'hush');
  assert.throws(() => evaluateText(`rsadecrypt("${sealed}", "no key")`), /not a PEM key/);
});

test('uuidv4 comes from the given randomness', () => {
  assert.match(
    String(evaluateText('uuidv4()')),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.equal(evaluateText('uuidv4()'), evaluateText('uuidv4()'));
});
