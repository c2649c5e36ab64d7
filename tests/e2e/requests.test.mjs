// Requests of an application, in the whole program: a large body that never enters the heap, and ends of scripts among them.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary, testApp } from './device.mjs';

const bytes = 100 * 1024 * 1024;

/** A server that keeps nothing. @param {import('ava').ExecutionContext} t @param {http.RequestListener} answer @returns {Promise<number>} its port */
function serve(t, answer) {
    const server = http.createServer(answer);
    t.teardown(() => {
        server.closeAllConnections();
        server.close();
    });
    return new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(/** @type {import('node:net').AddressInfo} */ (server.address()).port)));
}

/** @param {string} url @returns {Promise<number>} bytes of the script's heap, as the system gave them */
async function heap(url) {
    await fetch(`${url}/api/idle`); // the script measures when it is woken
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^ocellus_script_heap_allocated_bytes (\d+)/m.exec(metrics)?.[1]);
}

test('100 MB of a file are PUT, redirected, and sent again, without 64 KB of heap', async (t) => {
    const data = temporary(t);
    const content = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 4096) content.writeUInt32LE(at, at);
    mkdirSync(path.join(data, 'app'), { mode: 0o700 });
    writeFileSync(path.join(data, 'app', 'big.bin'), content);
    let redirected = 0;
    const port = await serve(t, (request, reply) => {
        const sum = createHash('sha256');
        let length = 0;
        request.on('data', (part) => {
            length += part.length;
            sum.update(part);
        });
        request.on('end', () => {
            if (request.url === '/kept' && redirected++ === 0) reply.writeHead(307, { location: '/kept?again' }).end();
            else reply.end(JSON.stringify({ method: request.method, length, sum: sum.digest('hex'), type: request.headers['content-type'] ?? null }));
        });
    });
    const { device } = start(t, ['--app', testApp('uploads'), '--data', data]);
    const url = (await device.url()).replace(/\/$/, '');
    await fetch(`${url}/api/send?0`); // fails: libcurl and its modules are there now
    await eventually(async () => device.events.find(({ event }) => event === 'sent'), 'the first attempt ends');
    await fetch(`${url}/api/send?${port}`); // the heap has its size then: it grows by 64 KB at a time
    await eventually(async () => device.events.filter(({ event }) => event === 'sent')[1], 'the file is sent once');
    redirected = 0;
    const before = await heap(url);
    await fetch(`${url}/api/send?${port}`);
    let peak = 0;
    const sent = await eventually(async () => {
        peak = Math.max(peak, await heap(url));
        return device.events.filter(({ event }) => event === 'sent')[2];
    }, 'the file is sent');
    t.is(sent.error, undefined);
    t.deepEqual(JSON.parse(String(sent.text)), { method: 'PUT', length: bytes, sum: createHash('sha256').update(content).digest('hex'), type: 'application/octet-stream' });
    t.is(redirected, 1);
    t.true(peak - before <= 64 * 1024, `${peak - before} bytes more`);
});

test('a script that ends among 150 requests leaves none of them', async (t) => {
    let open = 0;
    let peak = 0;
    const port = await serve(t, (request) => {
        open++;
        peak = Math.max(peak, open);
        request.socket.on('close', () => open--);
    });
    const { device } = start(t, ['--app', testApp('uploads'), '--data', temporary(t)]);
    const url = (await device.url()).replace(/\/$/, '');
    await fetch(`${url}/api/end?${port}`);
    await eventually(async () => peak > 100, 'requests are under way');
    await eventually(async () => open === 0, 'the end of the script closes their connections');
    t.true(peak <= 128, `${peak} at a time`);
    await eventually(async () => (await fetch(`${url}/api/idle`)).ok, 'the next script answers');
});
