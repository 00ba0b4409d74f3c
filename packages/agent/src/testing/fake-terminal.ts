// SPDX-License-Identifier: MPL-2.0
// A terminal that keeps what commands print.

/** Has the shape of the command line's Ui. */
export class FakeTerminal {
  /** standard output */
  out = '';
  /** standard error */
  err = '';
  /** both, in order; each line of standard error begins with "! " */
  all = '';
  color = false;
  interactive = false;
  width = 80;

  output(text: string): void {
    this.#add(`${text}\n`);
  }
  error(text: string): void {
    this.#addError(`${text}\n`);
  }
  warn(text: string): void {
    this.#addError(`${text}\n`);
  }
  async write(chunk: string | Uint8Array): Promise<void> {
    this.#add(textOf(chunk));
  }
  async writeError(chunk: string | Uint8Array): Promise<void> {
    this.#addError(textOf(chunk));
  }

  #add(text: string): void {
    this.out += text;
    this.all += text;
  }
  #addError(text: string): void {
    this.err += text;
    this.all += text.replace(/^(?=.)/gm, '! ');
  }
}

function textOf(chunk: string | Uint8Array): string {
  return typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
}
