// SPDX-License-Identifier: MPL-2.0
// Logger with levels, names and structured fields, in Nomad's two formats: text and JSON lines.

import type { Clock } from './clock.ts';
import { Secret } from './secret.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'off';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose name is `parent.name` and that adds the fields to each line. */
  child(name: string, fields?: LogFields): Logger;
}

export interface LogEntry {
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly name: string;
  readonly message: string;
  readonly fields: LogFields;
}
export type LogSink = (entry: LogEntry) => void;

const rank: Readonly<Record<LogLevel, number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, off: 5 };

/** True when a line of this level passes a threshold. */
export function passes(level: LogLevel, threshold: LogLevel): boolean {
  return rank[level] >= rank[threshold];
}

/** Sends each entry to all sinks. The level can be changed while running (reload). */
export class LogHub {
  level: LogLevel;
  readonly #clock: Clock;
  readonly #sinks = new Map<LogSink, LogLevel | undefined>();

  constructor(clock: Clock, level: LogLevel = 'info') {
    this.#clock = clock;
    this.level = level;
  }

  /** With a level of its own the sink follows that instead of the hub's. Returns the function that removes it. */
  addSink(sink: LogSink, level?: LogLevel): () => void {
    this.#sinks.set(sink, level);
    return () => this.#sinks.delete(sink);
  }

  logger(name: string, fields: LogFields = {}): Logger {
    const write =
      (level: LogLevel) =>
      (message: string, extra?: LogFields): void =>
        this.#write(level, name, message, extra ? { ...fields, ...extra } : fields);
    return {
      trace: write('trace'),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (child, extra) => this.logger(name === '' ? child : `${name}.${child}`, { ...fields, ...extra }),
    };
  }

  #write(level: LogLevel, name: string, message: string, fields: LogFields): void {
    let entry: LogEntry | undefined;
    for (const [sink, own] of this.#sinks) {
      if (!passes(level, own ?? this.level)) continue;
      entry ??= { timeMs: this.#clock.nowMs(), level, name, message, fields };
      sink(entry);
    }
  }
}

/** `    2026-11-22T02:00:00.000Z [INFO]  client: message: key=value` */
export function formatText(entry: LogEntry): string {
  const level = `[${entry.level.toUpperCase()}]`.padEnd(7);
  const name = entry.name === '' ? '' : `${entry.name}: `;
  const pairs = Object.entries(entry.fields).map(([key, value]) => `${key}=${textValue(value)}`);
  const tail = pairs.length > 0 ? `: ${pairs.join(' ')}` : '';
  return `    ${new Date(entry.timeMs).toISOString()} ${level} ${name}${entry.message}${tail}\n`;
}

export function formatJson(entry: LogEntry): string {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entry.fields)) fields[key] = plain(value);
  return `${JSON.stringify({
    '@level': entry.level,
    '@message': entry.message,
    '@module': entry.name,
    '@timestamp': new Date(entry.timeMs).toISOString(),
    ...fields,
  })}\n`;
}

/** Longest value printed in a line, in characters. */
const maxValueLength = 4096;

function plain(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  if (value instanceof Secret) return String(value);
  return value;
}

function textValue(value: unknown): string {
  const simple = plain(value);
  const text = typeof simple === 'string' ? simple : (JSON.stringify(simple) ?? String(simple));
  const cut = text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text;
  return /^[^\s"=\u0000-\u001f]+$/.test(cut) ? cut : JSON.stringify(cut);
}

/** Drops everything. */
export const nullLogger: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => nullLogger,
};
