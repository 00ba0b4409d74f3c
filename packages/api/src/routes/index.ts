// SPDX-License-Identifier: MPL-2.0
// The HTTP API, one declaration per route. Server, api client and tests read the same table.

export * from './agent.ts';
export * from './allocations.ts';
export * from './client.ts';
export * from './events.ts';
export * from './jobs.ts';
export * from './nodes.ts';
export type { QueryInput, QueryKind, QueryOf, QueryParam, QuerySpec } from './query.ts';
export type {
  BodyOf,
  HttpMethod,
  ParamsOf,
  PathOf,
  QuerySpecOf,
  RequestSpec,
  ResponseOf,
  ResponseSpec,
  Route,
  Security,
} from './route.ts';
export * from './scaling.ts';
export * from './search.ts';
export { allRoutes, routes } from './table.ts';
