// SPDX-License-Identifier: MPL-2.0
import { type routes, Search_FuzzySearch, Search_PrefixSearch } from '@serai/api';
import type { HandlersOf } from '../request/call.ts';
import { json } from '../response/outcome.ts';

export const searchHandlers: HandlersOf<typeof routes.search> = {
  prefix: async (call) => {
    const { Prefix, Context } = call.body;
    const reply = await call.services.rpc.call(
      Search_PrefixSearch,
      { ...call.read(), Prefix, Context },
      call,
    );
    return json(reply, reply);
  },

  fuzzy: async (call) => {
    const { Text, Context } = call.body;
    const reply = await call.services.rpc.call(Search_FuzzySearch, { ...call.read(), Text, Context }, call);
    return json(reply, reply);
  },
};
