// SPDX-License-Identifier: MPL-2.0
// All mistakes of a job at once, printed as Nomad prints them.

/** Collects messages; a nested list becomes one message with a heading. */
export class ErrorList {
  readonly messages: string[] = [];

  add(message: string): void {
    this.messages.push(message);
  }

  addIf(condition: boolean, message: string): void {
    if (condition) this.messages.push(message);
  }

  /** Adds what `check` finds under one heading; nothing when it finds nothing. */
  nest(heading: string, check: (inner: ErrorList) => void): void {
    const inner = new ErrorList();
    check(inner);
    if (inner.messages.length > 0) this.add(`${heading}: ${formatErrors(inner.messages)}`);
  }

  /** The same for a single message without list around it. */
  nestOne(heading: string, message: string | undefined): void {
    if (message !== undefined) this.add(`${heading}: ${message}`);
  }
}

/** `2 errors occurred:` and one line with a star per message; inner lists keep their shape, indented. */
export function formatErrors(messages: readonly string[]): string {
  const count = messages.length === 1 ? '1 error occurred:' : `${messages.length} errors occurred:`;
  return [count, ...messages.map((message) => `\t* ${message.replaceAll('\n', '\n\t')}`)].join('\n');
}

/** `1 warning:` in the form that job run and job plan print; empty when there are none. */
export function formatWarnings(warnings: readonly string[]): string {
  if (warnings.length === 0) return '';
  const count = warnings.length === 1 ? '1 warning:' : `${warnings.length} warnings:`;
  return [`${count}\n`, ...warnings.map((warning) => `* ${warning}`)].join('\n');
}

/** Text in double quotes with Go's escapes. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
