// SPDX-License-Identifier: MPL-2.0
// The composition root: builds the parts of an agent from its options, starts them in order, stops them in reverse.

import { rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import {
  AppError,
  formatJson,
  formatText,
  Lifecycle,
  type Logger,
  LogHub,
  type LogLevel,
  MetricsRegistry,
  must,
  systemClock,
  systemRandom,
} from '#base';
import { Client } from '#client';
import { DriverRegistry } from '#drivers';
import { DirectoryLock, EmbeddedEngine, nodeDisk } from '#engine';
import { HttpServer, noAuditor, openAuthenticator } from '#http';
import {
  ConnectionPool,
  clientPool,
  LocalCaller,
  Router,
  type RpcCaller,
  ServersCaller,
  tcpDial,
} from '#rpc';
import { Server } from '#server';
import { Supervisor } from '#supervisor';
import { agentInfo } from './agent-info.ts';
import { loadServerId, prepareDataDirectory } from './data-directory.ts';
import { nativeDirectory } from './install-paths.ts';
import { LogFile } from './log-file.ts';
import type { AgentOptions } from './options.ts';
import { jobParser } from './parse-job.ts';

export class Agent {
  readonly #options: AgentOptions;
  readonly #hub: LogHub;
  readonly #log: Logger;
  readonly #metrics: MetricsRegistry;
  readonly #lifecycle: Lifecycle;
  readonly #clock = systemClock;
  readonly #random = systemRandom;
  #server: Server | undefined;
  #client: Client | undefined;
  #remote: ServersCaller | undefined;
  #http: HttpServer | undefined;

  /** `write` gets the log lines that go to the terminal. */
  constructor(options: AgentOptions, write: (line: string) => void) {
    this.#options = options;
    this.#hub = new LogHub(this.#clock, options.log.level);
    this.#hub.addSink((entry) => write(options.log.json ? formatJson(entry) : formatText(entry)));
    this.#log = this.#hub.logger('agent');
    this.#metrics = new MetricsRegistry({
      nowMs: () => this.#clock.nowMs(),
      intervalMs: options.telemetry.intervalMs,
    });
    this.#lifecycle = new Lifecycle(this.#log);
  }

  /** Resolves when the HTTP API answers. */
  async start(): Promise<void> {
    const { dataDir, temporaryData } = this.#options;
    try {
      this.#openLogFile();
      await prepareDataDirectory(dataDir);
      if (temporaryData) {
        this.#lifecycle.onStop('temporary data', () => rm(dataDir, { recursive: true, force: true }));
      }
      // Two agents in one directory would run every task twice.
      const lock = await DirectoryLock.acquire(nodeDisk, dataDir);
      this.#lifecycle.onStop('data directory', async () => lock.release());
      const reverse = new Router();
      const rpc = await this.#startServerSide(reverse);
      await this.#startClient(rpc, reverse);
      await this.#startHttp(rpc);
    } catch (error) {
      await this.#lifecycle.stop();
      throw AppError.from(error);
    }
  }

  async stop(): Promise<void> {
    await this.#lifecycle.stop();
  }

  /** Where the HTTP API listens. */
  get httpAddresses(): readonly { readonly host: string; readonly port: number }[] {
    return must(this.#http, 'http server').addresses();
  }

  get nodeId(): string | undefined {
    return this.#client?.nodeId;
  }

  get log(): Logger {
    return this.#log;
  }

  /** Takes effect at once; sinks with a level of their own (monitors) keep it. */
  setLogLevel(level: LogLevel): void {
    this.#hub.level = level;
  }

  #openLogFile(): void {
    const { log } = this.#options;
    if (log.file === '') return;
    const file = new LogFile({ ...log, path: log.file }, this.#clock);
    file.open();
    const remove = this.#hub.addSink(file.sink);
    this.#lifecycle.onStop('log file', async () => {
      remove();
      file.close();
    });
  }

  /** The caller through which everything in this agent reaches the servers. */
  async #startServerSide(reverse: Router): Promise<RpcCaller> {
    const { server: options, dataDir } = this.#options;
    if (!options) return this.#startRemote(reverse);
    const serverDir = join(dataDir, 'server');
    const serverId = await loadServerId(serverDir, this.#random);
    const log = this.#hub.logger('nomad');
    const engine = new EmbeddedEngine({ directory: join(serverDir, 'state') }, { log: log.child('engine') });
    const server = new Server(
      { ...options, serverId },
      { engine, clock: this.#clock, random: this.#random, log, metrics: this.#metrics },
    );
    await this.#lifecycle.start('server', server);
    this.#server = server;
    const client = new LocalCaller({}, { router: reverse, clock: this.#clock, log });
    const caller = server.localCaller({ reverse: client });
    this.#lifecycle.onStop('local calls', async () => {
      await caller.stop();
      await client.stop();
    });
    return caller;
  }

  async #startRemote(reverse: Router): Promise<RpcCaller> {
    const log = this.#hub.logger('client').child('rpc');
    const pool = new ConnectionPool(clientPool, {
      clock: this.#clock,
      log,
      metrics: this.#metrics,
      dial: tcpDial(this.#clock),
      reverse,
    });
    const remote = new ServersCaller(
      { servers: this.#options.servers, region: this.#options.region },
      { pool, clock: this.#clock, random: this.#random, log },
    );
    this.#lifecycle.onStop('connections', () => pool.stop());
    await this.#lifecycle.start('servers', remote);
    this.#remote = remote;
    return remote;
  }

  async #startClient(rpc: RpcCaller, reverse: Router): Promise<void> {
    const { client: options, drivers: driverOptions } = this.#options;
    if (!options) return;
    const log = this.#hub.logger('client');
    const nativeDir = nativeDirectory();
    const supervisor = new Supervisor(
      { cacheDir: join(this.#options.dataDir, 'helper'), ...(nativeDir === undefined ? {} : { nativeDir }) },
      { clock: this.#clock, log: log.child('supervisor') },
    );
    const coreMhz = cpus()[0]?.speed ?? 0;
    const drivers = new DriverRegistry(driverOptions, {
      supervisor,
      clock: this.#clock,
      log: log.child('driver'),
      coreMhz,
    });
    const client = new Client(options, {
      rpc,
      clock: this.#clock,
      random: this.#random,
      log,
      metrics: this.#metrics,
      drivers,
      supervisor,
      onServers: (addresses) => this.#remote?.servers.replace(addresses),
    });
    client.register(reverse);
    await this.#lifecycle.start('client', client);
    this.#client = client;
  }

  async #startHttp(rpc: RpcCaller): Promise<void> {
    const http = new HttpServer(this.#options.http, {
      rpc,
      agent: agentInfo({
        options: this.#options,
        hub: this.#hub,
        metrics: this.#metrics,
        server: () => this.#server,
        client: () => this.#client,
        remoteServers: () => this.#remote,
        nowMs: () => this.#clock.nowMs(),
      }),
      parseJob: jobParser({ random: this.#random, clock: this.#clock, region: this.#options.region }),
      authenticator: openAuthenticator,
      auditor: noAuditor,
      clock: this.#clock,
      log: this.#hub.logger('http'),
      metrics: this.#metrics,
    });
    await this.#lifecycle.start('http', http);
    this.#http = http;
  }
}
