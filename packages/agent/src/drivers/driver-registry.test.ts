// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, nullLogger } from '#base';
import { Supervisor } from '#supervisor';
import { VirtualClock } from '#testing';
import { DriverRegistry, type DriverRegistryOptions, driverNames } from './driver-registry.ts';

function registry(
  options: Partial<DriverRegistryOptions> = {},
  helperPath = '/no/such/helper',
): DriverRegistry {
  const clock = new VirtualClock();
  const supervisor = new Supervisor({ cacheDir: '/nonexistent', helperPath }, { clock, log: nullLogger });
  return new DriverRegistry(
    { plugins: {}, ...options },
    { supervisor, clock, log: nullLogger, coreMhz: 1000 },
  );
}

const never = new AbortController().signal;

test('both drivers are there but turned off until a plugin block turns them on', async () => {
  const off = await registry().fingerprintAll(never);
  assert.deepEqual([...off.keys()].sort(), [...driverNames].sort());
  for (const { health } of off.values()) assert.equal(health, 'undetected');
  const plugins = { raw_exec: { enabled: 'true', no_cgroups: true }, mock_driver: { enabled: true } };
  const on = await registry({ plugins }).fingerprintAll(never);
  for (const [name, { health, attributes }] of on) {
    assert.equal(health, 'healthy');
    assert.deepEqual(attributes, { [`driver.${name}`]: '1' });
  }
});

test('a driver is found by name; an unknown one is told with those there are', () => {
  const drivers = registry();
  assert.equal(drivers.get('raw_exec').name, 'raw_exec');
  for (const [name, message] of [
    ['docker', 'unknown driver "docker": this client has mock_driver, raw_exec'],
    ['rawexec', 'unknown driver "rawexec": this client has mock_driver, raw_exec; did you mean "raw_exec"?'],
    ['__proto__', 'unknown driver "__proto__": this client has mock_driver, raw_exec'],
  ] as const)
    assert.throws(
      () => drivers.get(name),
      (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'not-found');
        assert.equal(error.message, message);
        return true;
      },
    );
});

test('allow and deny lists leave drivers out', () => {
  assert.deepEqual(registry({ allowlist: ['raw_exec', 'docker'] }).names, ['raw_exec']);
  assert.deepEqual(registry({ denylist: ['raw_exec'] }).names, ['mock_driver']);
  const none = registry({ allowlist: ['docker'] });
  assert.throws(() => none.get('raw_exec'), /unknown driver "raw_exec": this client has none/);
});

test('a plugin block with a mistake is refused; one of another driver is not ours to judge', () => {
  assert.throws(
    () => registry({ plugins: { raw_exec: { enable: true } } }),
    /unknown key "enable" in config of plugin raw_exec; did you mean "enabled"\?/,
  );
  assert.throws(
    () => registry({ plugins: { raw_exec: { enabled: 'sure' } } }),
    /"enabled" in config of plugin raw_exec must be true or false/,
  );
  assert.throws(
    () => registry({ plugins: { mock_driver: { fs_isolation: 'vm' } } }),
    /"fs_isolation" in config of plugin mock_driver/,
  );
  assert.equal(registry({ plugins: { docker: { volumes: [{ enabled: true }] } } }).names.length, 2);
});

test('the mock shows the isolation it is told to', () => {
  const plugins = { mock_driver: { enabled: true, fs_isolation: 'chroot' } };
  assert.equal(registry({ plugins }).get('mock_driver').capabilities.fsIsolation, 'chroot');
});

test('a driver that can not work on this machine is unhealthy and says why; others are not held up', async () => {
  const clock = new VirtualClock();
  const options = { cacheDir: '/nonexistent', nativeDir: '/no/such/place' };
  const supervisor = new Supervisor(options, { clock, log: nullLogger });
  const plugins = { raw_exec: { enabled: true }, mock_driver: { enabled: true } };
  const drivers = new DriverRegistry({ plugins }, { supervisor, clock, log: nullLogger, coreMhz: 1000 });
  const found = await drivers.fingerprintAll(never);
  assert.equal(found.get('raw_exec')?.health, 'unhealthy');
  assert.match(found.get('raw_exec')?.description ?? '', /\S/);
  assert.deepEqual(found.get('raw_exec')?.attributes, {});
  assert.equal(found.get('mock_driver')?.health, 'healthy');
});
