// SPDX-License-Identifier: MPL-2.0
// Reads the pages of the documentation for the tests that hold them against the code.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.ts';

export interface Page {
  /** relative to the root */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

export interface CodeBlock {
  readonly page: string;
  /** number of the first line inside */
  readonly line: number;
  /** what stands after the fence: `hcl task` */
  readonly info: string;
  readonly text: string;
}

export interface CommandLine {
  readonly place: string;
  /** words after `serai` */
  readonly words: readonly string[];
}

export function pages(): Page[] {
  const paths = globSync('{*.md,docs/**/*.md,examples/**/*.md}', { cwd: root }).sort();
  return paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, lines: text.split('\n') };
  });
}

export function codeBlocks(page: Page): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [at, line] of page.lines.entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      blocks.push({ page: page.path, line: open.line, info: open.info, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else open = { info: (fence[1] ?? '').trim(), line: at + 2, lines: [] };
  }
  return blocks;
}

/** Calls of `serai` in code blocks that are no HCL, and in `code` within a line. */
export function commandLines(page: Page): CommandLine[] {
  const found: CommandLine[] = [];
  for (const block of codeBlocks(page)) {
    const shell = /^(hcl|json|ts)\b/.test(block.info) ? '' : block.text.replaceAll(/\\\n\s*/g, ' ');
    for (const [at, line] of shell.split('\n').entries()) {
      // Without a prompt only what is written with its path is a command: the rest may be output.
      const call = /^(?:\$ |# )?(?:sudo )?(?:\w+=\S+ )*(\.\/)?serai (.+)$/.exec(line.trim());
      if (!call || (call[1] === undefined && !/^[$#]|^sudo/.test(line.trim()))) continue;
      found.push({ place: `${page.path}:${block.line + at}`, words: wordsOf(call[2] ?? '') });
    }
  }
  const prose = page.text.replaceAll(/^\s*```[\s\S]*?^\s*```/gm, (block) => block.replaceAll(/[^\n]/g, ''));
  for (const match of prose.matchAll(/`(?:\w+=\S+ )*(?:\.\/)?serai ([^`]+)`/g)) {
    const line = prose.slice(0, match.index).split('\n').length;
    found.push({ place: `${page.path}:${line}`, words: wordsOf(match[1] ?? '') });
  }
  return found;
}

/** Up to a pipe, a redirection or a comment; quotes keep words together. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)) {
    if (/^(\||\|\||&&|>|>>|2>|&|;|#.*)$/.test(word)) break;
    words.push(word.replaceAll(/['"]/g, ''));
  }
  return words;
}

/** Targets of links that are no web addresses, without the part after `#`. */
export function links(page: Page): { readonly target: string; readonly anchor: string }[] {
  const prose = page.text.replaceAll(/^\s*```[\s\S]*?^\s*```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), (match) => {
    const [target, anchor] = (match[1] ?? '').split('#');
    return { target: target ?? '', anchor: anchor ?? '' };
  }).filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** As a heading is linked to. */
export function anchorsOf(page: Page): Set<string> {
  const headings = page.lines.filter((line) => /^#{1,6} /.test(line));
  return new Set(
    headings.map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}
