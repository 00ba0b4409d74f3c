// SPDX-License-Identifier: MPL-2.0

import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { apiSettings } from '../../connection/settings.ts';
import type { Flags } from '../../flags.ts';

export const command: Command = {
  usage: 'operator api [options] <path>',
  help: `
Sends a request to the agent and prints the answer as it comes. A path like /v1/jobs, or /jobs. What is piped to standard
input is the body, and the method then is POST, otherwise GET; -X says another. Exits with 1 when the agent refuses.`,
  flags: {
    ...verboseFlag,
    H: { kind: 'list', hint: 'name: value', help: 'Header of the request.' },
    X: { kind: 'text', hint: 'method', help: 'Method of the request.' },
    filter: { kind: 'text', help: 'Filter expression for the answer.' },
    dryrun: { kind: 'bool', help: 'Print the request as a curl command and do not send it.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    const asked = args.length === 2 && args[1] === '-';
    exactArgs(asked ? args.slice(0, 1) : args, 1, 'the path of the request');
    const body = await readBody(context, flags, asked);
    const method = flags.has('X') ? flags.text('X').toUpperCase() : body === undefined ? 'GET' : 'POST';
    const path = requestPath(context, flags, args[0] ?? '');
    const headers = headersOf(flags);
    if (flags.bool('dryrun')) {
      context.ui.output(curl(context, flags, { method, path, headers, withBody: body !== undefined }));
      return 0;
    }
    if (flags.bool('verbose')) context.ui.error(`* ${method} ${path}`);
    const { client } = connect(context, flags);
    const response = await client.raw({
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: context.signal,
    });
    if (flags.bool('verbose')) {
      context.ui.error(`* status ${response.status}`);
      for (const [name, value] of Object.entries(response.headers)) context.ui.error(`< ${name}: ${value}`);
    }
    let bytes = 0;
    for await (const piece of response.chunks()) {
      bytes += piece.length;
      await context.ui.write(piece);
    }
    if (context.ui.interactive && bytes > 0) context.ui.output('');
    const ok = response.status >= 200 && response.status < 300;
    if (!ok && bytes === 0) context.ui.error(`Unexpected response code: ${response.status}`);
    return ok ? 0 : 1;
  },
};

/** What is piped in is the body, unless the method takes none. */
async function readBody(context: CommandContext, flags: Flags, asked: boolean): Promise<string | undefined> {
  const bodiless = ['GET', 'HEAD', 'DELETE'].includes(flags.text('X').toUpperCase());
  if (!asked && (bodiless || !context.stdinIsPiped)) return undefined;
  if (flags.bool('verbose')) context.ui.error('* Reading request body from stdin.');
  const text = await context.readInput('-');
  return text === '' ? undefined : text;
}

function requestPath(context: CommandContext, flags: Flags, given: string): string {
  const url = new URL(given.replace(/^\/?(?:v1\/)?/, '/v1/'), 'http://agent');
  const settings = apiSettings(flags, context.env);
  const defaults: readonly [string, string][] = [
    ['region', settings.region],
    ['namespace', settings.namespace],
    ['filter', flags.text('filter')],
  ];
  for (const [name, value] of defaults)
    if (value !== '' && !url.searchParams.has(name)) url.searchParams.set(name, value);
  return `${url.pathname}${url.search}`;
}

function headersOf(flags: Flags): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of flags.list('H')) {
    const at = line.indexOf(':');
    if (at <= 0) throw new UsageError(`-H takes "name: value", not ${JSON.stringify(line)}`);
    headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
  return headers;
}

function curl(
  context: CommandContext,
  flags: Flags,
  request: { method: string; path: string; headers: Readonly<Record<string, string>>; withBody: boolean },
): string {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const { address, token } = apiSettings(flags, context.env);
  const parts = ['curl'];
  if (request.method !== 'GET') parts.push('-X', request.method);
  if (token !== '') parts.push('-H', `"X-Nomad-Token: \${NOMAD_TOKEN}"`);
  for (const [name, value] of Object.entries(request.headers)) parts.push('-H', quote(`${name}: ${value}`));
  if (request.withBody) parts.push('--data-binary', '@-');
  return [...parts, quote(`${address}${request.path}`)].join(' ');
}
