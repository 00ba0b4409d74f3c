// SPDX-License-Identifier: MPL-2.0
// Jobs in the JSON of the API: {"Job": {…}} as `job inspect` and `job run -output` print it, or the job alone.

import { DecodeError, decodeInput, type Input, JobSpec } from '@serai/api';
import { AppError } from '#base';

type Data = Record<string, unknown>;

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keys by which a job of the API is told from a job file written in HCL's JSON syntax. */
const apiKeys: ReadonlySet<string> = new Set([
  'job',
  'id',
  'name',
  'taskgroups',
  'type',
  'datacenters',
  'region',
]);

/** True for the API's form: `Job` or the fields of a job at the top, not `job` with the id as a key below it. */
export function isApiJson(value: unknown): boolean {
  if (!isData(value)) return false;
  if (Object.hasOwn(value, 'Job')) return true;
  const keys = Object.keys(value).filter((key) => key !== 'job');
  return !Object.hasOwn(value, 'job') && keys.some((key) => apiKeys.has(key.toLowerCase()));
}

/** Takes the API's JSON apart. Throws an AppError that names the field. */
export function decodeApiJob(value: unknown): Input<JobSpec> {
  if (!isData(value)) throw new AppError('invalid', 'a job must be a JSON object');
  const job = Object.hasOwn(value, 'Job') ? value['Job'] : value;
  if (!isData(job)) throw new AppError('invalid', 'the value of "Job" must be a JSON object');
  try {
    return decodeInput(JobSpec, spreadCheckRestart(job), 'Job');
  } catch (error) {
    if (error instanceof DecodeError) throw new AppError('invalid', error.message, { cause: error });
    throw error;
  }
}

/** The same for the body of a request that has the job in its field `Job`; anything else comes back as it is. */
export function spreadJobChecks(body: unknown): unknown {
  if (!isData(body) || !isData(body['Job'])) return body;
  return { ...body, Job: spreadCheckRestart(body['Job']) };
}

/** A service of the API may hold a check_restart for all its checks; a stored service has it in each check. */
function spreadCheckRestart(job: Data): Data {
  const services = (owner: Data): Data => mapField(owner, 'Services', spreadInService);
  const groups = (group: Data): Data => services(mapField(group, 'Tasks', services));
  return mapField(job, 'TaskGroups', groups);
}

function mapField(owner: Data, field: string, change: (item: Data) => Data): Data {
  const list = owner[field];
  if (!Array.isArray(list)) return owner;
  return { ...owner, [field]: list.map((item: unknown) => (isData(item) ? change(item) : item)) };
}

function spreadInService(service: Data): Data {
  const shared = service['CheckRestart'];
  if (!isData(shared)) return service;
  return mapField(service, 'Checks', (check) => {
    const own = isData(check['CheckRestart']) ? check['CheckRestart'] : {};
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
    return { ...check, CheckRestart: { ...shared, ...given } };
  });
}
