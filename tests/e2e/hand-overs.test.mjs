// The walk of POST /api/channels, counted in the whole program: hand-overs between threads, copies of the body.
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, temporary } from './device.mjs';

const counted = path.join(root, 'build', 'linux', 'ocellus-hand-overs');
/** White space that JSON passes over; hand_overs.c knows a body by it. */
const pattern = '\t \t\t  \t\t\t   \t\t\t\t    ';
/** On the request's own way, about in this order: two threads may write their lines in another one. Kinds: oc_command.h. */
const way = [
    ['http', 'script', 'edge 1'],
    ['script', 'file', 'command 263'],
    ['file', 'script', 'reply'],
    ['script', 'media', 'command 1'],
    ['media', 'capture', 'open'],
    ['capture', 'media', 'opened'],
    ['media', 'script', 'reply'],
    ['script', 'http', 'answer'],
];

test('a new channel, which is recorded: 8 hand-overs from the request to its answer, 3 copies of its body', async (t) => {
    const args = ['run', '--json', '--port', '0', '--data', temporary(t)];
    const device = new Device(args, { program: counted });
    t.teardown(() => device.stop('SIGKILL'));
    const url = await device.url();
    await eventually(async () => (await fetch(`${url}/api/status`)).ok || undefined, 'a script that answers');
    await device.until(() => /^hand-over: index > script: reply/m.exec(device.stderr) ?? undefined, 'the index takes the rules of retention');
    const body = `{"name":"door",${pattern.repeat(800)}"input":"fake:?fps=1&seed=2"}`;
    const before = device.stderr.length;
    const answer = await fetch(`${url}/api/channels`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
    });
    t.is(answer.status, 201, await answer.text());
    await device.until(() => /script > http: answer/.exec(device.stderr.slice(before)) ?? undefined, 'the answer');
    const lines = device.stderr.slice(before).split('\n');
    const seen = lines.flatMap((line) => {
        const [, from = '', to = '', what = ''] = /^hand-over: (\S+) > (\S+): (.*)$/.exec(line) ?? [];
        return from === '' ? [] : [{ from, to, what }];
    });
    t.log(seen.map(({ from, to, what }) => `${from} > ${to}: ${what}`).join('; '));
    const beside = [...seen];
    for (const [from, to, what = ''] of way) {
        const found = beside.findIndex((one) => one.from === from && one.to === to && one.what.startsWith(what));
        t.not(found, -1, `${from} > ${to}: ${what}`);
        beside.splice(found, 1);
    }
    // Beside it: rows and the event log changed, a subscriber reads the events; recordings are written.
    const known = ({ from = '', to = '', what = '' }) =>
        (from === 'media' && to === 'script' && /^(edge|reply)/.test(what)) ||
        (from === 'media' && to === 'file' && what.startsWith('job')) ||
        (from === 'script' && to === 'media' && what === 'command 8');
    t.deepEqual(beside.filter((one) => !known(one)), [], 'nothing else crosses');
    const copied = lines.reduce((sum, line) => sum + Number(/^copied: (\d+) by /.exec(line)?.[1] ?? 0), 0);
    t.log(lines.filter((line) => line.startsWith('copied')).join('; '));
    t.true(copied / body.length <= 3.01, `${copied} of ${body.length} bytes`);
    t.true(copied / body.length >= 2.9, 'the counters count');
});
