// SPDX-License-Identifier: MPL-2.0
// Load generator: raw sockets with keep-alive, one request at a time on each. Runs as a process of its own:
//   node load.ts <port> <path> <connections> <seconds>   prints {"requests":n,"seconds":s,"p50Us":n,"p99Us":n}

import { connect } from 'node:net';

const [port = '0', path = '/', connections = '8', seconds = '3'] = process.argv.slice(2);
const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`);
const headEnd = Buffer.from('\r\n\r\n');
/** Largest answer read without growing. */
const bufferBytes = 1 << 20;
const warmUpMs = 1_000;

const latenciesUs: number[] = [];
let measuring = false;
let requests = 0;

for (let i = 0; i < Number(connections); i++) open();

setTimeout(() => {
  measuring = true;
  const start = performance.now();
  setTimeout(() => {
    const elapsed = (performance.now() - start) / 1000;
    latenciesUs.sort((a, b) => a - b);
    const at = (share: number): number =>
      Math.round(latenciesUs[Math.floor(latenciesUs.length * share)] ?? 0);
    console.log(JSON.stringify({ requests, seconds: elapsed, p50Us: at(0.5), p99Us: at(0.99) }));
    process.exit(0);
  }, Number(seconds) * 1000);
}, warmUpMs);

function open(): void {
  let left = 0;
  let sentAt = 0;
  const send = (): void => {
    sentAt = performance.now();
    socket.write(request);
  };
  const take = (count: number, buffer: Uint8Array): boolean => {
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, count);
    left -= left === 0 ? -remainingOf(chunk) : count;
    if (left > 0) return true;
    if (measuring) {
      requests++;
      latenciesUs.push((performance.now() - sentAt) * 1000);
    }
    send();
    return true;
  };
  const socket = connect(
    {
      port: Number(port),
      host: '127.0.0.1',
      onread: { buffer: Buffer.allocUnsafe(bufferBytes), callback: take },
    },
    send,
  );
}

/** Bytes that are still to come, from the first chunk of an answer. */
function remainingOf(chunk: Buffer): number {
  const head = chunk.indexOf(headEnd);
  const text = chunk.toString('latin1', 0, head);
  if (head < 0 || !text.startsWith('HTTP/1.1 200'))
    throw new Error(`unexpected answer: ${text.slice(0, 200)}`);
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
  return head + headEnd.length + length - chunk.length;
}
