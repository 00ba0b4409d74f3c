// SPDX-License-Identifier: MPL-2.0
// One error class for everything that can go wrong in a way a caller should tell apart.

/** What went wrong, in one word per case. HTTP status and CLI exit code follow from it (see `httpStatus`). */
export type ErrorCode =
  /** input that can't be used: the caller must change it */
  | 'invalid'
  /** who is calling is unknown */
  | 'unauthenticated'
  /** the caller is known but may not do this */
  | 'denied'
  | 'not-found'
  /** the object changed since it was read, or exists already */
  | 'conflict'
  /** a limit was reached: body, queue, connections */
  | 'limit'
  /** not now, later perhaps: no leader, no path to node, closing down */
  | 'unavailable'
  | 'timeout'
  /** the caller gave up */
  | 'canceled'
  /** method or mode that this agent does not serve */
  | 'unsupported'
  /** a bug or a broken machine */
  | 'internal';

const statusOf: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  'not-found': 404,
  conflict: 409,
  limit: 429,
  unavailable: 500,
  timeout: 500,
  canceled: 500,
  unsupported: 501,
  internal: 500,
};

export interface AppErrorOptions {
  /** Overrides the status of the code, where Nomad answers another one. */
  readonly status?: number;
  /** Structured facts for the log. Never secrets. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The message goes to the user as it is: say what was wrong, where, and what to do. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? statusOf[code];
    this.context = options.context ?? {};
  }

  /** The only normaliser: call it once, at an edge. */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    if (error instanceof Error) {
      if (error.name === 'AbortError') return new AppError('canceled', error.message, { cause: error });
      return new AppError('internal', error.message, { cause: error });
    }
    return new AppError('internal', String(error));
  }
}

/** Marks code that the types say can't be reached. */
export function assertNever(value: never, what = 'value'): never {
  throw new Error(`unexpected ${what}: ${String(value)}`);
}

/** For values the surrounding code guarantees; a failure is a bug in Serai. */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`missing ${what}`);
  return value;
}
