// SPDX-License-Identifier: MPL-2.0
// How the client looks at the machine it runs on. Everything below fingerprint/ and stats/ reads through this, so that
// tests run on fixtures.

export interface HostAddress {
  readonly interface: string;
  readonly address: string;
  /** bits of the network part */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
  readonly mac: string;
  /** loopback */
  readonly internal: boolean;
}

/** Sizes in bytes. */
export interface FileSystemUsage {
  readonly size: number;
  readonly free: number;
  /** free for users other than root */
  readonly available: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

export interface HostReader {
  /** A small file of /proc, /sys or /etc; undefined when it can't be read. */
  readText(path: string): Promise<string | undefined>;
  /** Names in a directory; empty when it can't be read. */
  list(path: string): Promise<readonly string[]>;
  usage(path: string): Promise<FileSystemUsage | undefined>;
  addresses(): readonly HostAddress[];
  hostname(): string;
  /** as `uname -s`, lower case */
  kernelName(): string;
  /** as `uname -r` */
  kernelVersion(): string;
  /** as `uname -m` */
  machine(): string;
}
