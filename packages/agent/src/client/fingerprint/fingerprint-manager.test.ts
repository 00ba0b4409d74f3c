// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, nullLogger } from '#base';
import { FakeDriver, FakeDrivers, FakeHost, VirtualClock } from '#testing';
import { clientDefaults } from '../options.ts';
import { type DriverChange, DriverFingerprints, driverAnswerTimeoutMs } from './driver-fingerprints.ts';
import { driverPeriodMs, FingerprintManager } from './fingerprint-manager.ts';
import type { Fingerprinter } from './fingerprinter.ts';
import { nameFilter } from './name-filter.ts';

function setUp(options: {
  fingerprinters?: Fingerprinter[];
  map?: Record<string, string>;
  drivers?: FakeDriver[];
}) {
  const clock = new VirtualClock();
  const changes: DriverChange[] = [];
  let changed = 0;
  const clientOptions = {
    ...clientDefaults,
    version: '0',
    stateDir: '/s',
    allocDir: '/a',
    options: options.map ?? {},
  };
  const drivers = new DriverFingerprints(clientOptions, {
    drivers: new FakeDrivers(...(options.drivers ?? [])),
    clock,
    log: nullLogger,
  });
  const manager = new FingerprintManager(clientOptions, {
    clock,
    log: nullLogger,
    host: new FakeHost(),
    drivers,
    fingerprinters: options.fingerprinters ?? [],
    onChange: () => {
      changed += 1;
    },
    onDriverChange: (change) => changes.push(change),
  });
  return { clock, manager, drivers, changes, changed: () => changed };
}

test('one that fails leaves the others alone and keeps its last result', async () => {
  let fails = false;
  let count = 0;
  const flaky: Fingerprinter = {
    name: 'flaky',
    periodMs: 1_000,
    detect: async () => {
      if (fails) throw new Error('no');
      return { attributes: { flaky: String(count++) } };
    },
  };
  const steady: Fingerprinter = { name: 'steady', periodMs: 0, detect: async () => ({ memoryMb: 5 }) };
  const { clock, manager, changed } = setUp({ fingerprinters: [flaky, steady] });
  await manager.start();
  assert.deepEqual(manager.merged, { memoryMb: 5, attributes: { flaky: '0' } });
  await clock.advance(1_000);
  assert.equal(manager.merged.attributes?.['flaky'], '1');
  assert.equal(changed(), 1);
  fails = true;
  await clock.advance(1_000);
  assert.equal(manager.merged.attributes?.['flaky'], '1');
  assert.equal(changed(), 1);
  await manager.stop();
});

test('deny and allow lists leave fingerprinters and drivers out, under old names as well', async () => {
  const item = (name: string): Fingerprinter => ({
    name,
    periodMs: 0,
    detect: async () => ({ attributes: { [name]: '1' } }),
  });
  const { manager } = setUp({
    fingerprinters: [item('a'), item('b')],
    map: { 'fingerprint.denylist': 'b', 'driver.whitelist': 'one' },
    drivers: [new FakeDriver('one'), new FakeDriver('two')],
  });
  await manager.start();
  assert.deepEqual(manager.merged.attributes, { a: '1' });
  assert.deepEqual([...manager.drivers.keys()], ['one']);
  await manager.stop();
  assert.ok(nameFilter({}, 'driver')('any'));
  assert.ok(!nameFilter({ 'driver.blacklist': ' raw_exec , x' }, 'driver')('raw_exec'));
});

test('a driver that gets ill is told as an event and loses its attribute; the time moves only with a change', async () => {
  const driver = new FakeDriver('one');
  const { clock, manager, changes, changed } = setUp({ drivers: [driver] });
  await manager.start();
  const first = manager.drivers.get('one');
  assert.equal(first?.attributes['driver.one'], '1');
  assert.equal(first?.info.Attributes?.['driver.one'], 'true');
  await clock.advance(driverPeriodMs);
  assert.equal(changed(), 0);
  assert.equal(manager.drivers.get('one')?.info.UpdateTime, first?.info.UpdateTime);
  driver.health = { health: 'unhealthy', description: 'socket gone', attributes: {} };
  await clock.advance(driverPeriodMs);
  const ill = manager.drivers.get('one');
  assert.equal(ill?.info.Healthy, false);
  assert.equal(ill?.info.Detected, true);
  assert.notEqual(ill?.info.UpdateTime, first?.info.UpdateTime);
  assert.ok(!('driver.one' in (ill?.attributes ?? {})));
  assert.deepEqual(changes, [{ driver: 'one', healthy: false, description: 'socket gone' }]);
  assert.equal(changed(), 1);
  await manager.stop();
});

test('a driver that throws or never answers is unhealthy and holds nobody up', async () => {
  const broken = new FakeDriver('broken');
  broken.fingerprint = () => Promise.reject(new AppError('internal', 'exploded'));
  const stuck = new FakeDriver('stuck');
  stuck.fingerprint = () => new Promise(() => {});
  const absent = new FakeDriver('absent');
  absent.health = { health: 'undetected', description: 'disabled', attributes: { 'driver.absent.x': '1' } };
  const { clock, drivers } = setUp({ drivers: [broken, stuck, absent] });
  const refresh = drivers.refresh(new AbortController().signal);
  await clock.advance(driverAnswerTimeoutMs);
  await refresh;
  assert.equal(drivers.states.get('broken')?.info.HealthDescription, 'exploded');
  assert.equal(drivers.states.get('stuck')?.info.HealthDescription, 'no answer within 10 s');
  assert.equal(drivers.states.get('absent')?.info.Detected, false);
  assert.deepEqual(drivers.states.get('absent')?.attributes, {});
});
