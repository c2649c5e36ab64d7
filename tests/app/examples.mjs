// The examples of applications against a server that a test dictates, on any host.
import { cpSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, standstill } from '../e2e/device.mjs';
import { lengthOf, readMp4, trackOf } from '../e2e/mp4.mjs';
import { app, emptyFolder, install } from './folder.mjs';
import { hanging } from '../guard.mjs';

/**
 * An example, built in a folder of its own.
 * @param {import('ava').ExecutionContext} t
 * @param {string} name
 * @param {readonly string[]} [options] of `ocellus app build`
 * @returns {Promise<string>} its archive
 */
export async function buildExample(t, name, options = []) {
    const folder = path.join(emptyFolder(t), name);
    cpSync(path.join(root, 'examples', name), folder, { recursive: true });
    install(folder);
    const { code, err } = await app(folder, ['build', ...options]);
    t.is(code, 0, err);
    return path.join(folder, 'build', `${name}${options.includes('--sdk') ? '-sdk' : ''}.xsa`);
}

/**
 * Keeps requests, and answers them with the statuses given, then with 201.
 * @param {import('ava').ExecutionContext} t
 * @param {number[]} [statuses]
 */
export async function receiver(t, statuses = []) {
    /** @type {{ method: string, url: string, type: string, body: Buffer, status: number }[]} */
    const got = [];
    const server = http.createServer(async (request, response) => {
        const body = Buffer.concat(await request.toArray());
        const status = statuses.shift() ?? 201;
        got.push({ method: request.method ?? '', url: request.url ?? '', type: request.headers['content-type'] ?? '', body, status });
        response.writeHead(status);
        response.end();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => {
        server.closeAllConnections();
        server.close();
    });
    return { got, url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}` };
}

/** @param {string} url @param {unknown} body */
export const post = (url, body) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** @param {string} url @returns {Promise<any>} its JSON */
const get = async (url) => (await fetch(url, { signal: hanging() })).json();

/** Waits for the first channel. @param {string} address of the program */
export const running = (address) =>
    eventually(async () => (await get(`${address}/api/status`).catch(() => ({}))).channels?.[0]?.state === 'running' || undefined, 'a channel');

/** 20261121T025100.123Z in milliseconds. @param {string} text */
const timeOf = (text) => Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)$/, '$1-$2-$3T$4:$5:$6'));

/**
 * Two events `motion` make one file of 20 s that begins 10 s before them; the server gets it, again after a refusal.
 * @param {import('ava').ExecutionContext} t
 * @param {string} address of a program that runs the example, its setting `url` `/clips` of a receiver that refuses once
 * @param {Awaited<ReturnType<typeof receiver>>['got']} got of that receiver
 * @returns {Promise<Buffer>} the file
 */
export async function clipArrives(t, address, got) {
    await running(address);
    await sleep(11_500); // the pre-roll: what nobody has seen is in no clip
    t.is((await post(`${address}/api/events`, { kind: 'motion', channel: 'cam1', data: { area: 0.3 } })).status, 202);
    t.is((await post(`${address}/api/events`, { kind: 'motion', channel: 'cam1' })).status, 202);
    await eventually(async () => got.some(({ status }) => status === 201) || undefined, 'an upload');
    t.deepEqual(got.map(({ method, status }) => [method, status]), [['PUT', 503], ['PUT', 201]], 'one file for both events');
    const [first, second] = got;
    const file = second?.body ?? Buffer.alloc(0);
    t.true(first?.body.equals(file));
    const [, begin, end] = /^\/clips\/clip_([^_]+)_([^_]+)\.mp4$/.exec(String(second?.url)) ?? [];
    const [beginMs, endMs] = [timeOf(String(begin)), timeOf(String(end))];
    const seconds = lengthOf(trackOf(readMp4(file), 'video'));
    const { recordings } = await get(`${address}/api/recordings?name=clip`);
    t.deepEqual(recordings.map((/** @type {{ path: string, open: boolean }} */ one) => [path.basename(one.path), one.open]), [[path.basename(String(second?.url)), false]]);
    const { events } = await get(`${address}/api/events`);
    const raised = events.filter((/** @type {{ raised?: boolean }} */ one) => one.raised);
    t.deepEqual(raised.map((/** @type {any} */ { kind, channel, text }) => [kind, channel, text]), [['motion', 'cam1', '{"area":0.3}'], ['motion', 'cam1', '']]);
    // by the clock of the program: the request may have been under way while the machine stood still
    const stoodMs = standstill(events) * 1000; // no packet is from then
    t.true(seconds >= 19.4 - stoodMs / 1000, `${seconds} s`);
    const [eventMs, lastMs] = raised.map((/** @type {{ at: string }} */ { at }) => Date.parse(at));
    t.true(beginMs <= eventMs - 9_900 && beginMs >= eventMs - 14_000 - stoodMs, `begins ${eventMs - beginMs} ms before`);
    t.true(endMs >= eventMs + 9_500 - stoodMs && endMs <= lastMs + 12_000, `ends ${endMs - eventMs} ms after`);
    return file;
}

/**
 * A ring calls the webhook, makes a clip, and is what the panel shows.
 * @param {import('ava').ExecutionContext} t
 * @param {string} address of a program that runs examples/doorbell, its webhook a receiver, its clips of one second
 * @param {Awaited<ReturnType<typeof receiver>>['got']} got of that receiver
 */
export async function bellRings(t, address, got) {
    await running(address);
    const shown = await (await fetch(`${address}/api/app`)).json();
    t.deepEqual([shown.name, shown.panel, shown.routes], ['doorbell', { title: 'Doorbell' }, ['/api/doorbell']]);
    t.deepEqual(await (await fetch(`${address}/api/doorbell`)).json(), { last: null });
    t.is((await post(`${address}/api/doorbell`, {})).status, 202);
    await eventually(async () => got[1], 'both calls of the webhook');
    const [ring, clip] = got.map(({ body }) => JSON.parse(body.toString()));
    t.deepEqual(ring, { event: 'ring', at: ring.at });
    t.is(got[0]?.type, 'application/json');
    t.deepEqual([clip.event, clip.at], ['clip', ring.at]);
    t.is((await fetch(`${address}${clip.clip}`)).status, 200);
    t.deepEqual(await (await fetch(`${address}/api/doorbell`)).json(), { last: { at: ring.at, clip: clip.clip } });
    const metrics = await eventually(async () => {
        const text = await (await fetch(`${address}/metrics`)).text();
        return text.includes('ocellus_app_rings_total 1\n') ? text : undefined;
    }, 'the counter of the application');
    t.true(metrics.includes('# HELP ocellus_app_rings_total Rings at the door\n# TYPE ocellus_app_rings_total counter\n'));
}
