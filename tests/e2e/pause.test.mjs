// See pauses.mjs; half a minute: tests/e2e/pauses.
import test from 'ava';
import { pause } from './pauses.mjs';

test('stopped for 6 s: no script restarts, no packet is missing, no viewer is closed', (t) => pause(t, 6));
