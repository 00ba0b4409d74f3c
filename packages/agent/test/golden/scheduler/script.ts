// SPDX-License-Identifier: MPL-2.0
// Runs a golden script: commands build a cluster and process evaluations, the trace is what they did.
//
// node NAME [dc= cpu= memory= disk= pool= class= status= reserved= meta.K= attr.K=]   a node; its id is its name
// set-node NAME [status= eligibility= drain=on|off meta.K=]                           changes it
// remove-node NAME
// job ID [type= count= version keys …]            registers the job (again: the next version); see `jobOf`
// stop-job ID / purge-job ID
// allocs ID [SELECTOR] KEY=VALUE …                client=, healthy=true|false, migrate, force, failed-ago=30s
//                                                 SELECTOR: index, name, @node or all; only what is wanted
// deployment ID status=                           changes the newest deployment
// promote ID
// advance 30s                                     moves time
// refuse NAME / accept NAME                       the applier refuses placements on the node
// config KEY=VALUE                                algorithm=, memory-oversubscription=on
// eval ID [trigger= status=]                      processes an evaluation
// plan ID                                         what an evaluation would do, with annotations; commits nothing
// follow                                          processes follow-ups and blocked evaluations that are due
// show ID                                         prints the allocations

import { type Allocation, type Evaluation, type Node, zeroTime } from '@serai/api';
import { mockEvalOf, mockNode, mockNodeResources, SchedulerHarness } from '#testing';
import { jobOf } from './script-job.ts';
import { durationNs, flags, type Words } from './script-words.ts';
import { traceOutcome, traceState } from './trace.ts';

export class Script {
  readonly #harness = new SchedulerHarness('golden');
  readonly #done = new Set<string>();

  /** Runs the lines of one block and returns the trace. */
  run(lines: readonly string[]): string[] {
    return lines.flatMap((line) => {
      const text = line.replace(/#.*$/, '').trim();
      return text === '' ? [] : this.#command(text);
    });
  }

  #command(text: string): string[] {
    const [name = '', subject = '', ...rest] = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
    const words = flags(rest);
    switch (name) {
      case 'node':
        this.#harness.putNodes(nodeOf(subject, words));
        return [];
      case 'set-node':
        this.#setNode(subject, words);
        return [];
      case 'remove-node':
        this.#harness.removeNode(subject);
        return [];
      case 'job':
        this.#harness.putJob(jobOf(subject, words, this.#harness.job('default', subject)));
        return [];
      case 'stop-job':
        this.#harness.putJob({ ...this.#job(subject), Stop: true });
        return [];
      case 'purge-job':
        this.#harness.removeJob(this.#job(subject));
        return [];
      case 'allocs':
        return this.#setAllocs(subject, words);
      case 'deployment':
        this.#setDeployment(subject, words);
        return [];
      case 'promote':
        this.#harness.promote(this.#job(subject));
        return [];
      case 'advance':
        this.#harness.nowNs += durationNs(subject);
        return [];
      case 'refuse':
        this.#harness.refuse.add(subject);
        return [];
      case 'accept':
        this.#harness.refuse.delete(subject);
        return [];
      case 'config':
        this.#configure(flags([subject, ...rest]));
        return [];
      case 'eval':
        return this.#evaluate(subject, words);
      case 'plan':
        return this.#plan(subject);
      case 'follow':
        return this.#follow();
      case 'show':
        return traceState(this.#harness, subject);
      default:
        throw new Error(`unknown command ${JSON.stringify(name)}`);
    }
  }

  #job(id: string): ReturnType<typeof jobOf> {
    const job = this.#harness.job('default', id);
    if (!job) throw new Error(`no job ${id}`);
    return job;
  }

  #setNode(name: string, words: Words): void {
    const fields: Partial<Node> = {};
    const node = this.#harness.node(name);
    const status = words.get('status');
    const eligibility = words.get('eligibility');
    const drain = words.get('drain');
    this.#harness.updateNode(name, {
      ...fields,
      ...(status === undefined ? {} : { Status: status }),
      ...(eligibility === undefined ? {} : { SchedulingEligibility: eligibility }),
      ...(drain === undefined ? {} : drainFields(drain === 'on')),
      Meta: { ...node?.Meta, ...prefixed(words, 'meta.') },
    });
  }

  #setAllocs(jobId: string, words: Words): string[] {
    const chosen = this.#harness.allocs.filter(
      (alloc) => alloc.JobID === jobId && alloc.DesiredStatus === 'run' && isSelected(alloc, words),
    );
    if (chosen.length === 0) return [`no allocation of ${jobId} matches`];
    for (const alloc of chosen) {
      const healthy = words.get('healthy');
      if (healthy !== undefined) this.#harness.setHealth(alloc.ID, healthy === 'true');
      else this.#harness.updateAlloc(alloc.ID, this.#allocFields(alloc, words));
    }
    return [];
  }

  #allocFields(alloc: Allocation, words: Words): Partial<Allocation> {
    const client = words.get('client');
    const transition = {
      ...alloc.DesiredTransition,
      ...(words.has('migrate') ? { Migrate: true } : {}),
      ...(words.has('force') ? { ForceReschedule: true } : {}),
      ...(words.has('reschedule') ? { Reschedule: true } : {}),
    };
    if (client === undefined) return { DesiredTransition: transition };
    const finished = new Date((this.#harness.nowNs - durationNs(words.get('ago') ?? '0s')) / 1e6);
    const ended = client === 'failed' || client === 'complete';
    return {
      ClientStatus: client,
      DesiredTransition: transition,
      TaskStates: {
        web: {
          State: ended ? 'dead' : 'running',
          Failed: client === 'failed',
          Restarts: 0,
          LastRestart: zeroTime,
          StartedAt: zeroTime,
          FinishedAt: ended ? finished.toISOString() : zeroTime,
          Events: null,
          TaskHandle: null,
        },
      },
    };
  }

  #setDeployment(jobId: string, words: Words): void {
    const deployment = this.#harness.latestDeployment('default', jobId);
    if (!deployment) throw new Error(`no deployment of ${jobId}`);
    this.#harness.putDeployment({ ...deployment, Status: words.get('status') ?? deployment.Status });
  }

  #configure(words: Words): void {
    const algorithm = words.get('algorithm');
    if (algorithm) this.#harness.configure({ SchedulerAlgorithm: algorithm });
    if (words.has('memory-oversubscription'))
      this.#harness.configure({ MemoryOversubscriptionEnabled: true });
  }

  #evaluate(jobId: string, words: Words): string[] {
    const job = this.#harness.job('default', jobId);
    const base = job
      ? mockEvalOf(job)
      : mockEvalOf(jobOf(jobId, new Map(), undefined), { Type: words.get('type') ?? 'service' });
    return this.#process({
      ...base,
      ID: this.#harness.random.uuid(),
      TriggeredBy: words.get('trigger') ?? 'job-register',
      Status: words.get('status') ?? 'pending',
    });
  }

  #process(evaluation: Evaluation): string[] {
    const before = new Map(this.#harness.allocs.map((alloc) => [alloc.ID, alloc]));
    this.#harness.index++;
    const outcome = this.#harness.process(evaluation);
    return traceOutcome(outcome, this.#harness, (id) => before.get(id));
  }

  #plan(jobId: string): string[] {
    const before = new Map(this.#harness.allocs.map((alloc) => [alloc.ID, alloc]));
    const outcome = this.#harness.dryRun(this.#job(jobId), { AnnotatePlan: true });
    return traceOutcome(outcome, this.#harness, (id) => before.get(id));
  }

  #follow(): string[] {
    const due = this.#harness.evals.filter(
      (evaluation) => !this.#done.has(evaluation.ID) && this.#isDue(evaluation),
    );
    if (due.length === 0) return ['nothing is due'];
    return due.flatMap((evaluation) => {
      this.#done.add(evaluation.ID);
      const trace = this.#process(evaluation);
      const after = this.#harness.evals.find((item) => item.ID === evaluation.ID);
      if (after?.Status === 'blocked') this.#done.delete(evaluation.ID);
      return trace;
    });
  }

  #isDue(evaluation: Evaluation): boolean {
    if (evaluation.Status === 'blocked') return true;
    return evaluation.Status === 'pending' && Date.parse(evaluation.WaitUntil) <= this.#harness.nowNs / 1e6;
  }
}

function nodeOf(name: string, words: Words): Node {
  const resources = mockNodeResources({
    Cpu: {
      CpuShares: Number(words.get('cpu') ?? 4000),
      TotalCpuCores: 4,
      ReservableCpuCores: [0, 1, 2, 3],
    },
    Memory: { MemoryMB: Number(words.get('memory') ?? 8192) },
    Disk: { DiskMB: Number(words.get('disk') ?? 100_000) },
  });
  const base = mockNode();
  return mockNode({
    ID: name,
    Name: name,
    Datacenter: words.get('dc') ?? 'dc1',
    NodePool: words.get('pool') ?? 'default',
    NodeClass: words.get('class') ?? '',
    Status: words.get('status') ?? 'ready',
    NodeResources: resources,
    Attributes: { ...base.Attributes, ...prefixed(words, 'attr.') },
    Meta: prefixed(words, 'meta.'),
    ReservedResources: {
      Cpu: { CpuShares: 0, ReservedCpuCores: null },
      Memory: { MemoryMB: 0 },
      Disk: { DiskMB: 0 },
      Networks: { ReservedHostPorts: words.get('reserved') ?? '22' },
    },
  });
}

function drainFields(on: boolean): Partial<Node> {
  return on
    ? {
        DrainStrategy: { Deadline: 0, IgnoreSystemJobs: false, ForceDeadline: zeroTime, StartedAt: zeroTime },
        SchedulingEligibility: 'ineligible',
      }
    : { DrainStrategy: null, SchedulingEligibility: 'eligible' };
}

function isSelected(alloc: Allocation, words: Words): boolean {
  const selector = words.get('');
  if (selector === undefined || selector === 'all') return true;
  if (selector.startsWith('@')) return alloc.NodeID === selector.slice(1);
  if (selector === 'canary') return alloc.DeploymentStatus?.Canary === true;
  if (/^v\d+$/.test(selector)) return `v${alloc.Job?.Version}` === selector;
  return alloc.Name === selector || alloc.Name.endsWith(`[${selector}]`);
}

function prefixed(words: Words, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of words) if (key.startsWith(prefix)) found[key.slice(prefix.length)] = value;
  return found;
}
