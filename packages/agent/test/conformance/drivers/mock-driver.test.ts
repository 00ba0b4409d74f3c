// SPDX-License-Identifier: MPL-2.0

import { nullLogger, systemClock } from '#base';
import { MockDriver } from '#drivers';
import { type Behaviour, driverSuite } from './driver-suite.ts';

function config(behaviour: Behaviour): Readonly<Record<string, unknown>> {
  switch (behaviour.kind) {
    case 'exit':
      return { exit_code: behaviour.code };
    case 'die':
      return { exit_signal: behaviour.signal };
    case 'run':
      return { run_for: '1h' };
    case 'run-briefly':
      return { run_for: '100ms', exit_code: behaviour.code };
    case 'stubborn':
      return { run_for: '1h', kill_after: '1h', stdout_string: 'ready' };
    case 'print':
      return { stdout_string: behaviour.text, run_for: '100ms' };
    case 'unstartable':
      return { start_error: 'no such thing' };
  }
}

const open = (enabled: boolean) => (): MockDriver =>
  new MockDriver({ enabled, fsIsolation: 'none' }, { clock: systemClock, log: nullLogger });

driverSuite('mock_driver', { config, open: open(true), openDisabled: open(false) });
