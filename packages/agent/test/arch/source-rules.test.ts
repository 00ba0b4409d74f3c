// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root, sources } from './sources.ts';

/** Code lines, without blanks and comments. Data tables may say `// size: <reason>` in their head. */
const maxSourceLines = 400;
const maxTestLines = 800;
const maxFilesPerFolder = 15;

const codeLines = (code: string): number => code.split('\n').filter((line) => line.trim() !== '').length;
const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

test('source files stay small', () => {
  const wrong = sources()
    .filter((s) => !/^\/\/ size: \S/m.test(s.text))
    .map((s) => ({ path: s.path, lines: codeLines(s.code), limit: s.isTest ? maxTestLines : maxSourceLines }))
    .filter((s) => s.lines > s.limit);
  assert.deepEqual(wrong, []);
});

test('folders stay small', () => {
  const counts = new Map<string, number>();
  for (const source of sources()) {
    if (source.path.endsWith('.test.ts') || source.path.endsWith('/index.ts')) continue;
    const folder = dirname(source.path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const wrong = [...counts].filter(
    ([folder, count]) => count > maxFilesPerFolder && !listFolders.includes(folder),
  );
  assert.deepEqual(wrong, []);
});

/** Folders that hold one file per item of a long list. */
const listFolders: readonly string[] = ['testing', 'cli/commands', 'hcl/functions', 'server/endpoints'];

test('every file carries the licence line', () => {
  const wrong = sources().filter((s) => !s.text.startsWith('// SPDX-License-Identifier: MPL-2.0\n'));
  assert.deepEqual(
    wrong.map((s) => s.path),
    [],
  );
});

test('each module says what it is, and its index holds only exports', () => {
  const wrong: string[] = [];
  for (const source of sources()) {
    const parts = source.path.split('/');
    if (parts.length !== 2 || parts[1] !== 'index.ts') continue;
    if (!/^\/\/ SPDX[^\n]*\n(\/\/ \S|\/\*\*)/.test(source.text)) wrong.push(`${source.path}: no comment`);
    const rest = source.code
      .replace(/export\s+(type\s+)?(\*( as \w+)?|\{[^}]*\})\s+from\s+'[^']+';/g, '')
      .trim();
    if (rest !== '') wrong.push(`${source.path}: more than exports: ${rest.slice(0, 60)}`);
  }
  assert.deepEqual(wrong, []);
});

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly except: readonly string[];
}

const bans: readonly Ban[] = [
  { what: 'Date.now', pattern: /\bDate\.now\(/g, except: ['base/clock.ts'] },
  { what: 'new Date()', pattern: /\bnew Date\(\s*\)/g, except: ['base/clock.ts'] },
  { what: 'performance.now', pattern: /\bperformance\.(now|timeOrigin)/g, except: ['base/clock.ts'] },
  { what: 'setTimeout', pattern: /(?<![.\w])set(Timeout|Interval)\(/g, except: ['base/clock.ts'] },
  { what: 'node:timers', pattern: /['"]node:timers/g, except: ['base/clock.ts'] },
  { what: 'Math.random', pattern: /\bMath\.random\(/g, except: ['base/random.ts'] },
  { what: 'crypto randomness', pattern: /\brandom(UUID|Bytes|Int)\b/g, except: ['base/random.ts'] },
  { what: 'eval', pattern: /\beval\(|\bnew Function\(/g, except: [] },
  { what: 'global fetch', pattern: /(?<![.\w])fetch\(/g, except: [] },
  { what: 'TypeScript enum', pattern: /\benum\s+\w+\s*\{/g, except: [] },
  { what: 'left-over mark', pattern: /\b(TODO|FIXME|XXX)\b/g, except: [] },
];

test('banned calls stay out', () => {
  const wrong: string[] = [];
  for (const source of sources()) {
    if (source.isTest) continue;
    for (const ban of bans) {
      if (ban.except.includes(source.path)) continue;
      const text = ban.what === 'left-over mark' ? source.text : source.code;
      for (const match of text.matchAll(ban.pattern)) {
        wrong.push(`${source.path}:${lineOf(text, match.index)}: ${ban.what}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('file names are kebab-case nouns, none is a dumping ground', () => {
  const wrong = sources()
    .map((s) => s.path)
    .filter((path) => {
      const name = path.split('/').at(-1) ?? '';
      return (
        !/^[a-z0-9-]+(\.property)?(\.test)?\.ts$/.test(name) ||
        /^(utils?|helpers?|types|misc|common)\.ts$/.test(name)
      );
    });
  assert.deepEqual(wrong, []);
});

test('no file names a registry host or a path of a machine', () => {
  const files = globSync('{*.md,*.json,docs/**/*.md,scripts/*,packages/*/{src,test}/**/*.{ts,tsx,json,md}}', {
    cwd: root,
  }).filter((file) => statSync(join(root, file)).isFile());
  assert.ok(files.length > 100);
  const hosts = ['registry.npmjs', 'registry.yarnpkg', 'deb.debian'].map((host) => `${host}.`);
  const wrong = files.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return hosts.some((host) => text.includes(host)) || /(?<![\w.])\/(work|root)\//.test(text);
  });
  assert.deepEqual(wrong, []);
});
