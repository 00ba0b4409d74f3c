// SPDX-License-Identifier: MPL-2.0
// bcrypt md5 rsadecrypt sha1 sha256 sha512 uuidv4 uuidv5

import { constants, createHash, createPrivateKey, privateDecrypt } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Random } from '#base';
import type { Budget } from '../eval/budget.ts';
import { define, defineVariadic, number, text } from './define.ts';
import { decodeBase64, utf8 } from './encoding/table.ts';
import { ArgumentError, FunctionError, type FunctionSpec } from './spec.ts';

const defaultBcryptCost = 10;

/** Steps of one bcrypt round. Cost 10 (1024 rounds, some 60 ms) must not fit what the main thread may spend at once. */
const stepsPerBcryptRound = 200;

export function cryptoFunctions(random: Random): readonly FunctionSpec[] {
  return [
    ...['md5', 'sha1', 'sha256', 'sha512'].map((algorithm) =>
      define(algorithm, [text('str')], (args, { budget }) => {
        budget.charge(10 + (args.text(0).length >> 4));
        return createHash(algorithm).update(args.text(0), 'utf8').digest('hex');
      }),
    ),
    defineVariadic('bcrypt', [text('str'), number('cost')], (args, { budget }) => {
      if (args.count > 2) throw new FunctionError('bcrypt takes no more than two arguments');
      return bcrypt(args.text(0), {
        cost: args.count > 1 ? args.number(1) : defaultBcryptCost,
        random,
        budget,
      });
    }),
    define('rsadecrypt', [text('ciphertext'), text('privatekey')], (args, { budget }) => {
      // A private-key operation takes about a millisecond.
      budget.charge(5000);
      return rsaDecrypt(args.text(0), args.text(1));
    }),
    define('uuidv4', [], () => random.uuid()),
    define('uuidv5', [text('namespace'), text('name')], (args, { budget }) => {
      budget.charge(10 + (args.text(1).length >> 4));
      return uuidV5(args.text(0), args.text(1));
    }),
  ];
}

function bcrypt(value: string, options: { cost: number; random: Random; budget: Budget }): string {
  const { cost, random, budget } = options;
  if (!Number.isInteger(cost) || cost < 4 || cost > 31) {
    throw new ArgumentError(1, 'the cost must be a whole number between 4 and 31');
  }
  if (Buffer.byteLength(value) > 72) throw new ArgumentError(0, 'bcrypt takes 72 bytes at most');
  budget.charge(2 ** cost * stepsPerBcryptRound);
  const library = createRequire(import.meta.url)('bcryptjs') as typeof import('bcryptjs');
  const salt = library.encodeBase64(Array.from(random.bytes(16)), 16);
  return library.hashSync(value, `$2a$${String(cost).padStart(2, '0')}$${salt}`);
}

function rsaDecrypt(ciphertext: string, privateKey: string): string {
  const encrypted = decodeBase64(ciphertext);
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(privateKey);
  } catch {
    throw new ArgumentError(1, 'the private key is not a PEM key without a password');
  }
  if (key.asymmetricKeyType !== 'rsa') throw new ArgumentError(1, 'the private key is no RSA key');
  try {
    const padding = constants.RSA_PKCS1_PADDING;
    return utf8(privateDecrypt({ key, padding }, encrypted), 'the decrypted text is not valid UTF-8');
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    throw new FunctionError('failed to decrypt: the text does not belong to this key');
  }
}

const namespaces: Readonly<Record<string, string>> = {
  dns: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  url: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  oid: '6ba7b812-9dad-11d1-80b4-00c04fd430c8',
  x500: '6ba7b814-9dad-11d1-80b4-00c04fd430c8',
};

function uuidV5(namespace: string, name: string): string {
  const id = namespaces[namespace] ?? namespace;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    throw new ArgumentError(0, 'the namespace must be dns, url, oid, x500 or a UUID');
  }
  const hash = createHash('sha1')
    .update(Buffer.from(id.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
