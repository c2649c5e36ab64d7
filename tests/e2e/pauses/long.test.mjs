// See ../pauses.mjs: longer than the time-outs of connections.
import test from 'ava';
import { pause } from '../pauses.mjs';

test('stopped for 30 s: no script restarts, no packet is missing, no viewer is closed', (t) => pause(t, 30));
