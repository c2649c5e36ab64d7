// Floods of strangers and of guests, one after the other, while somebody watches live over WebRTC: the picture does not stand.
import os from 'node:os';
import test from 'ava';
import { eventually, sleep } from '../e2e/device.mjs';
import { judge, judged } from '../guard.mjs';
import { ask } from '../hosts/closed.mjs';
import { kinds } from './flood.mjs';
import { FPS, victim } from './victim.mjs';

const SECONDS = 3;
const TRIES = judged ? 4 : 1;
/** Of the gap between two frames beyond the stream's own interval. */
const P99_MS = 100;

test.serial('during every flood a viewer gets every frame, in the soak p99 of the gaps at most 100 ms', async (t) => {
    t.timeout(400_000);
    const { device, url, own, seen, attack } = await victim(t);
    /** One of so many tries has to hold: what else this machine does stops the viewer too. @param {string} kind */
    const tried = async (kind) => {
        for (let left = TRIES; ; left--) {
            await seen();
            await sleep(500);
            const calm = await seen();
            const found = await attack(kind, SECONDS);
            if (found.p99Ms <= P99_MS || left === 1) {
                return found;
            }
            t.log(`${kind}: again: p99 ${found.p99Ms} ms, worst ${found.mostMs} ms; ${calm.mostMs} ms without it; load ${os.loadavg()[0]}`);
        }
    };
    for (const kind of kinds) {
        const { done, statuses, frames, lost, p99Ms, mostMs } = await tried(kind);
        t.log(`${kind}: ${done} in ${SECONDS} s${statuses && ` (${statuses})`}; ${frames} frames, ${lost} lost, gap beyond the interval: p99 ${p99Ms} ms, worst ${mostMs} ms`);
        t.true(done > 0 && frames > 0, `${kind}: ${done} of the flood came, ${frames} frames`);
        t.is(lost, 0, kind);
        judge(t, done >= 8 && frames > 0.7 * FPS * SECONDS && p99Ms <= P99_MS, `${kind}: p99 ${p99Ms} ms, worst ${mostMs} ms`);
    }
    // and nothing of it stays: the owner is let in, the script is the one that was started, nothing was lost
    const status = await eventually(async () => (await ask(url, 'GET /api/status', { headers: own })).json, 'the status');
    t.is(status.script.restarts, 0, JSON.stringify(status.script));
    const cam1 = status.channels.find((/** @type {{ name: string }} */ one) => one.name === 'cam1');
    t.is(cam1.state, 'running');
    t.is((await ask(url, 'GET /healthz')).status, 200);
    t.is(device.process.exitCode, null);
});
