// Has an application of the whole program (tests/apps/stores.ts) carry out orders for a store of S3.
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { eventually, start, temporary, testApp } from './device.mjs';

/** @typedef {{ do: string, key: string, text?: string, [more: string]: unknown }} Order */
/** @typedef {{ endpoint: string, keys: Record<string, string>, bucket: string, region?: string, pathStyle?: boolean, ca?: string, ahead?: number }} Place */

/**
 * @param {import('ava').ExecutionContext} t
 * @param {Record<string, Buffer>} files of the application's folder
 */
export async function storeRunner(t, files = {}) {
    const data = temporary(t);
    mkdirSync(path.join(data, 'app'), { mode: 0o700 });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(data, 'app', name), bytes);
    const { device } = start(t, ['--app', testApp('stores'), '--data', data]);
    const url = (await device.url()).replace(/\/$/, '');
    let text = '';
    const orders = await serve(t, (_request, reply) => reply.end(text));
    let runs = 0;
    /** What came of each order. @param {Place} place @param {Order[]} list @returns {Promise<any[]>} */
    const run = async (place, list) => {
        text = JSON.stringify({ place: { region: 'us-east-1', pathStyle: true, ...place }, orders: list });
        await fetch(`${url}/api/run?${orders}`);
        const done = await eventually(async () => device.events.filter(({ event }) => event === 'done')[runs], 'the orders are carried out');
        runs++;
        return /** @type {any[]} */ (done['results']);
    };
    return { run, device, url };
}

/** @param {import('ava').ExecutionContext} t @param {http.RequestListener} answer @param {http.Server} [server] @returns {Promise<number>} its port */
export function serve(t, answer, server = http.createServer()) {
    server.on('request', answer);
    t.teardown(() => {
        server.closeAllConnections();
        server.close();
    });
    return new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(/** @type {import('node:net').AddressInfo} */ (server.address()).port)));
}
