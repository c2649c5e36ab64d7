// Events that are raised by requests while applications follow each other: one that was answered 202 is kept and told to the
// application once; one that was answered 503 was not taken at all, and may be raised again.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { attempted, send, source, Workshop } from './applications.mjs';

/** @type {Workshop} */
let workshop;

test.before('a workshop', async () => {
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

/** It hands over which events it was told. @param {string} version */
const telling = (version) =>
    source(version, {
        options: 'handover: () => told,',
        before: 'let told: number[] = [];',
        started: `told = (app.handedOver as number[] | undefined) ?? [];
        app.events.on('ping', ({ data }) => {
            told.push(Number(data));
        });
        app.route('GET', '/api/told', () => ({ body: JSON.stringify(told) }));
        app.route('POST', '/api/slow', async (request) => {
            told.push(Number(request.text()));
            await new Promise<void>((resolve) => setTimeout(resolve, 20));
            return { status: 202, body: '' };
        });`,
    });

test('each is kept and told once, or refused and neither', async (t) => {
    t.timeout(240_000);
    const bundles = [];
    for (let i = 0; i < 5; i++) bundles.push(await workshop.build(`1.${i}.0`, telling(`1.${i}.0`)));
    const { device } = start(t, ['--record', 'off', '--update-key', workshop.key, '--update-trial', '1']);
    const url = await device.url();
    /** Number → status. @type {Map<number, number>} */
    const statuses = new Map();
    let [next, raising] = [1, false];
    /** One that a route of the application takes at once and answers later. */
    const slow = 1_000_000;
    /** @param {boolean} later */
    const raise = async (later) => {
        while (raising) {
            const number = next++ + (later ? slow : 0);
            const body = later ? String(number) : JSON.stringify({ kind: 'ping', data: number });
            const answer = await fetch(url + (later ? '/api/slow' : '/api/events'), { method: 'POST', headers: { 'content-type': 'application/json' }, body });
            statuses.set(number, answer.status);
            await answer.arrayBuffer();
        }
    };
    /** @type {Promise<void>[]} */
    let raisers = [];
    for (const [index, bundle] of bundles.entries()) {
        t.is((await send(url, bundle)).status, 202);
        t.like((await attempted(device, `1.${index}.0`)).history[0], { result: 'committed' });
        if (raisers.length > 0) continue;
        raising = true; // from the first one on, which tells
        raisers = [false, false, false, true, true, true, true].map(raise);
    }
    raising = false;
    await Promise.all(raisers);

    /** @type {number[]} */
    const kept = [];
    for (let after = ''; ; ) {
        const page = await eventually(() => device.json(`/api/event-log?kind=ping&order=oldest&limit=200${after}`), 'the events');
        kept.push(...page.events.map((/** @type {{ data: number }} */ { data }) => data));
        if (page.next === null) break;
        after = `&after=${page.next}`;
    }
    const told = await eventually(() => device.json('/api/told'), 'what was told');
    /** @param {number} status */
    const answered = (status) => [...statuses].filter(([, one]) => one === status).map(([number]) => number).sort((a, b) => a - b);
    const taken = answered(202);
    t.log(`${taken.length} taken, ${answered(503).length} refused, over ${bundles.length - 1} updates`);
    t.is(taken.length + answered(503).length, statuses.size, [...new Set(statuses.values())].join());
    t.true(taken.length > 20);
    t.deepEqual(
        [...kept].sort((a, b) => a - b),
        taken.filter((number) => number < slow),
        'kept',
    );
    t.deepEqual([...told].sort((a, b) => a - b), taken, 'told');
    t.is((await device.stop()).code, 0, device.stderr);
});
