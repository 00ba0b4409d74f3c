// SPDX-License-Identifier: MPL-2.0

import { resolve } from 'node:path';
import { routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { detachFlag, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import type { Flags } from '../../flags.ts';
import { EvaluationMonitor } from '../../monitor/evaluation-monitor.ts';
import { shortId } from '../../output/format.ts';
import { formatKeyValue } from '../../output/ui.ts';

/** Largest payload that is read, in bytes. Servers take 16 KiB, and say so about what is larger than that. */
const maxReadBytes = 64 * 1024;

export const command: Command = {
  usage: 'job dispatch [options] <parameterized job> [input source]',
  help: `
Runs an instance of a parameterized job and follows its evaluation. The payload is read from the input source, a file or
"-" for standard input; the job says whether it takes one, and which metadata.

Exits as "job run" does.`,
  flags: {
    ...detachFlag,
    ...verboseFlag,
    meta: { kind: 'list', hint: 'key=value', help: 'Metadata of the instance; may be repeated.' },
    'id-prefix-template': {
      kind: 'text',
      hint: 'text',
      help: 'Put before the generated part of the id of the instance.',
    },
    'idempotency-token': {
      kind: 'text',
      hint: 'token',
      help: 'Of several requests with this token only the first one starts an instance.',
    },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length < 1 || args.length > 2) {
      throw new UsageError('this command takes one or two arguments: the job and the source of its payload');
    }
    const Meta = parseMeta(flags.list('meta'));
    const Payload = args[1] === undefined ? null : await readPayload(context, args[1]);
    const api = connect(context, flags);
    const job = await findJob(api, args[0] ?? '', (stub) => stub.ParameterizedJob);
    const answer = await attempting(
      'Failed to dispatch job',
      api.client.value(routes.jobs.dispatch, {
        ...jobTarget(api, job),
        query: { idempotency_token: flags.text('idempotency-token') },
        body: { JobID: job.ID, Payload, Meta, IdPrefixTemplate: flags.text('id-prefix-template') },
      }),
    );
    context.ui.output(dispatchedText(answer, flags));
    if (answer.EvalID === '' || flags.bool('detach')) return 0;
    context.ui.output('');
    return new EvaluationMonitor(api, context, { verbose: flags.bool('verbose') }).follow(answer.EvalID);
  },
};

/** No evaluation: it was dispatched before under the same token, or it is launched by the clock. */
function dispatchedText(
  answer: { readonly DispatchedJobID: string; readonly EvalID: string },
  flags: Flags,
): string {
  const id = shortId(answer.EvalID, flags.bool('verbose'));
  return formatKeyValue([
    ['Dispatched Job ID', answer.DispatchedJobID],
    ...(id === '' ? [] : [['Evaluation ID', id] as const]),
  ]);
}

function parseMeta(pairs: readonly string[]): Record<string, string> | null {
  if (pairs.length === 0) return null;
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at <= 0) throw new UsageError(`Error parsing meta value ${JSON.stringify(pair)}: give key=value`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}

/** In base64, as the API takes it. */
async function readPayload(context: CommandContext, source: string): Promise<string> {
  try {
    const path = source === '-' ? source : resolve(context.cwd, source);
    return Buffer.from(await context.readBytes(path, maxReadBytes)).toString('base64');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Error reading input data ${JSON.stringify(source)}: ${reason}`, { cause: error });
  }
}
