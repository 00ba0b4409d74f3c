// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isLinkLocal,
  isLoopback,
  isPrivate,
  isPublic,
  isUnspecified,
  joinHostPort,
  splitHostPort,
} from './ip.ts';
import { defaultRouteOf, type NetworkInfo, systemNetwork } from './network.ts';
import { expandAddressTemplate } from './template.ts';

const network: NetworkInfo = {
  hostName: 'h',
  defaultInterface: 'eth1',
  addresses: [
    { name: 'lo', address: '127.0.0.1', family: 'IPv4', prefix: 8, loopback: true },
    { name: 'lo', address: '::1', family: 'IPv6', prefix: 128, loopback: true },
    { name: 'eth0', address: '192.168.1.7', family: 'IPv4', prefix: 24, loopback: false },
    { name: 'eth1', address: 'fd00::7', family: 'IPv6', prefix: 64, loopback: false },
    { name: 'eth1', address: '10.0.0.7', family: 'IPv4', prefix: 16, loopback: false },
    { name: 'eth1', address: 'fe80::7', family: 'IPv6', prefix: 64, loopback: false },
    { name: 'pub0', address: '8.8.4.4', family: 'IPv4', prefix: 32, loopback: false },
  ],
};

const examples: Readonly<Record<string, string>> = {
  '10.1.1.1': '10.1.1.1',
  ' host.example ': 'host.example',
  '{{ GetPrivateIP }}': '10.0.0.7',
  '{{GetPrivateIP}}': '10.0.0.7',
  '{{- GetPrivateIP -}}': '10.0.0.7',
  '{{ GetPrivateIP }}:4647': '10.0.0.7:4647',
  '{{ GetPrivateIPs }}': '10.0.0.7 fd00::7 192.168.1.7',
  '{{ GetPublicIP }}': '8.8.4.4',
  '{{ GetPublicIPs }}': '8.8.4.4',
  '{{ GetInterfaceIP "eth0" }}': '192.168.1.7',
  '{{ GetInterfaceIP "eth1" }}': '10.0.0.7',
  '{{ GetInterfaceIPs "eth1" }}': '10.0.0.7 fd00::7',
  '{{ GetInterfaceIP `eth0` }}': '192.168.1.7',
  '{{ GetInterfaceIP "none" }}': '',
  '{{ GetDefaultInterfaces | include "type" "IPv4" | attr "address" }}': '10.0.0.7',
  '{{ GetPrivateInterfaces | include "network" "192.168.0.0/16" | attr "address" }}': '192.168.1.7',
  '{{ GetAllInterfaces | include "name" "^eth" | exclude "type" "IPv6" | join "address" " " }}':
    '192.168.1.7 10.0.0.7',
  '{{ GetAllInterfaces | exclude "flags" "loopback" | include "rfc" "1918" | sort "-address" | limit 1 | attr "address" }}':
    '192.168.1.7',
  '{{ GetAllInterfaces | include "address" "^8" | attr "name" }}': 'pub0',
  '{{ GetAllInterfaces | include "rfc" "6890" | exclude "flags" "loopback" | include "flags" "forwardable" | sort "default,type" | attr "address" }}':
    '10.0.0.7',
  '{{ GetPrivateInterfaces | sort "size" | offset 1 | attr "mask_bits" }}': '24',
  '{{ GetPrivateInterfaces | unique "name" | join "name" "," }}': 'eth1,eth0',
  '{{ GetAllInterfaces | include "size" "/32" | attr "network" }}': '8.8.4.4/32',
  '{{ GetAllInterfaces | sort "private,name" | attr "type" }}': 'IPv4',
};

for (const [template, expected] of Object.entries(examples)) {
  test(`${template} gives ${expected === '' ? 'nothing' : expected}`, () => {
    assert.equal(expandAddressTemplate(template, network), expected);
  });
}

const mistakes: Readonly<Record<string, RegExp>> = {
  '{{ GetPrivateIP': /never closed/,
  '{{ }}': /unable to parse/,
  '{{ GetFoo }}': /"GetFoo" is not known; use one of GetAllInterfaces/,
  '{{ GetInterfaceIP }}': /takes 1 argument/,
  '{{ GetPrivateIP "x" }}': /takes 0 argument/,
  '{{ GetAllInterfaces }}': /ends in a list of interfaces/,
  '{{ GetPrivateIP | limit 1 }}': /needs a list of interfaces/,
  '{{ GetAllInterfaces | frob }}': /filter "frob" is not known/,
  '{{ GetAllInterfaces | limit x | attr "address" }}': /needs a whole number/,
  '{{ GetAllInterfaces | attr "color" }}': /no attribute "color"/,
  '{{ GetAllInterfaces | include "color" "red" | attr "address" }}': /can't be chosen by "color"/,
  '{{ GetAllInterfaces | include "network" "x" | attr "address" }}': /"x" is no network/,
  '{{ GetAllInterfaces | include "name" "(" | attr "address" }}': /invalid regular expression/,
  '{{ GetAllInterfaces | include "flags" "shiny" | attr "address" }}': /no flag "shiny"/,
  '{{ GetAllInterfaces | include "rfc" "1" | attr "address" }}': /RFC 1 is not known/,
  '{{ GetAllInterfaces | sort "color" | attr "address" }}': /can't be sorted by "color"/,
  '{{ GetInterfaceIP "eth0 }}': /unable to parse/,
  '{{ | }}': /unable to parse/,
};

for (const [template, pattern] of Object.entries(mistakes)) {
  test(`${template} is refused`, () => {
    assert.throws(() => expandAddressTemplate(template, network), {
      name: 'TemplateError',
      message: pattern,
    });
  });
}

test('kinds of addresses', () => {
  assert.equal(isPrivate('172.31.0.1') && isPrivate('fd12::1') && isPrivate('100.64.1.1'), true);
  assert.equal(isPrivate('172.32.0.1') || isPrivate('8.8.8.8') || isPrivate('name'), false);
  assert.equal(isLinkLocal('169.254.1.1') && isLinkLocal('fe80::1'), true);
  assert.equal(isLoopback('127.3.2.1') && isLoopback('::1') && isLoopback('localhost'), true);
  assert.equal(isUnspecified('0.0.0.0') && isUnspecified('::'), true);
  assert.equal(isPublic('8.8.8.8') && !isPublic('10.0.0.1'), true);
});

test('host and port in all notations', () => {
  assert.deepEqual(splitHostPort('a:1'), { host: 'a', port: 1 });
  assert.deepEqual(splitHostPort('a'), { host: 'a', port: undefined });
  assert.deepEqual(splitHostPort('fd00::1'), { host: 'fd00::1', port: undefined });
  assert.deepEqual(splitHostPort('[fd00::1]:2'), { host: 'fd00::1', port: 2 });
  assert.deepEqual(splitHostPort('[fd00::1]'), { host: 'fd00::1', port: undefined });
  assert.equal(splitHostPort('a:b'), undefined);
  assert.equal(splitHostPort('a:70000'), undefined);
  assert.equal(joinHostPort('fd00::1', 5), '[fd00::1]:5');
  assert.equal(joinHostPort('a', 5), 'a:5');
});

test('the default route is the one with the lowest metric', () => {
  const table =
    'Iface Destination Gateway Flags RefCnt Use Metric Mask\nwlan0 00000000 01 3 0 0 600 00000000\neth0 00000000 01 3 0 0 100 00000000\neth0 000200C0 0 1 0 0 0 00FFFFFF\n';
  assert.equal(defaultRouteOf(table), 'eth0');
  assert.equal(defaultRouteOf(''), '');
});

test('this machine has a name and a loopback address', () => {
  const own = systemNetwork();
  assert.notEqual(own.hostName, '');
  assert.ok(own.addresses.some((each) => each.loopback));
});
