// SPDX-License-Identifier: MPL-2.0

import { spawn } from 'node:child_process';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { type Api, connect } from '../connection/api.ts';
import { apiSettings } from '../connection/settings.ts';
import { matches } from './status.ts';

/** Where in the web UI an object of a kind is. */
const pages: Readonly<Record<string, string>> = {
  Jobs: 'jobs',
  Allocations: 'allocations',
  Nodes: 'clients',
};

export const command: Command = {
  usage: 'ui [options] [id]',
  help: 'Opens the web UI in a browser, at the job, allocation or node with this id if one is given.',
  flags: { 'show-url': { kind: 'bool', help: 'Print the address instead of opening it.' } },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes either no arguments or one: the id');
    const [id] = args;
    const { address } = apiSettings(flags, context.env);
    const path = id === undefined ? '' : await pageOf(connect(context, flags), id);
    const url = `${address}/ui/${path}`;
    if (flags.bool('show-url')) context.ui.output(`URL for web UI: ${url}`);
    else await open(context, url);
    return 0;
  },
};

async function pageOf(api: Api, id: string): Promise<string> {
  for (const { name, ids } of await matches(api, id)) {
    const page = pages[name];
    const [found] = ids.includes(id) ? [id] : ids;
    if (page === undefined || found === undefined) continue;
    if (ids.length > 1 && found !== id)
      throw new Error(`${JSON.stringify(id)} is the beginning of several ids: ${ids.join(', ')}`);
    return `${page}/${encodeURIComponent(found)}`;
  }
  throw new Error(`No job, allocation or node with prefix or ID ${JSON.stringify(id)} found`);
}

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

function open({ ui }: CommandContext, url: string): Promise<void> {
  const [program = 'xdg-open', ...args] = openers[process.platform] ?? ['xdg-open'];
  ui.output(`Opening URL "${url}"`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () =>
      reject(new Error(`no browser could be started with ${program}: open ${url} yourself`)),
    );
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
