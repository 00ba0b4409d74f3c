// SPDX-License-Identifier: MPL-2.0
// An answer with a status that says no.

/** Characters of an error body that are kept. */
export const maxErrorTextLength = 64 * 1024;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** the body, as the agent wrote it */
  readonly text: string;

  constructor(status: number, text: string) {
    super(`Unexpected response code: ${status} (${text.trim()})`);
    this.status = status;
    this.text = text;
  }
}
