// SPDX-License-Identifier: MPL-2.0
// Who may import whom. The same table stands in ARCHITECTURE.md; a test compares the two.

/** `*` is every module. `@serai/api` stands for the package. */
export const moduleTable: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base', '@serai/api'],
  hcl: ['base'],
  jobspec: ['base', 'model', 'hcl', '@serai/api'],
  acl: ['base', 'model', 'hcl', '@serai/api'],
  policy: ['base', 'model', '@serai/api'],
  scheduler: ['base', 'model', '@serai/api'],
  state: ['base', 'model', '@serai/api'],
  engine: ['base'],
  pki: ['base', '@serai/api'],
  gossip: ['base'],
  rpc: ['base', 'pki', '@serai/api'],
  secrets: ['base', 'model', '@serai/api'],
  template: ['base', 'model', '@serai/api'],
  audit: ['base', '@serai/api'],
  server: [
    'base',
    'model',
    'acl',
    'policy',
    'jobspec',
    'scheduler',
    'state',
    'engine',
    'pki',
    'gossip',
    'rpc',
    'secrets',
    'audit',
    '@serai/api',
  ],
  supervisor: ['base'],
  drivers: ['base', 'model', 'supervisor', '@serai/api'],
  client: ['base', 'model', 'pki', 'rpc', 'drivers', 'supervisor', 'template', 'secrets', '@serai/api'],
  catalog: ['base', 'model', 'acl', 'rpc', '@serai/api'],
  config: ['base', 'hcl', '@serai/api'],
  http: ['base', 'model', 'acl', 'audit', 'rpc', '@serai/api'],
  agent: [
    'base',
    'model',
    'hcl',
    'jobspec',
    'acl',
    'policy',
    'scheduler',
    'state',
    'engine',
    'pki',
    'gossip',
    'rpc',
    'secrets',
    'template',
    'audit',
    'server',
    'supervisor',
    'drivers',
    'client',
    'catalog',
    'config',
    'http',
    '@serai/api',
  ],
  // `agent` only by dynamic import, so that a short command never loads it.
  cli: ['base', 'model', 'hcl', 'jobspec', 'config', 'agent', '@serai/api'],
  testing: ['*'],
};

/** Modules that may only be imported dynamically, by importer. */
export const dynamicOnly: Readonly<Record<string, readonly string[]>> = { cli: ['agent'] };

/** Only these may start processes. */
export const processModules = ['drivers', 'supervisor', 'engine', 'testing'];
