// Requests that come before the answer to the one before them: no sequence of them stops the thread that answers. On the open
// listener, the closed one, and ocellus-peer.
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import test from 'ava';
import { Device, eventually, peerProgram, sleep, start } from '../e2e/device.mjs';
import { hangS } from '../guard.mjs';
import { closed } from './closed.mjs';

/**
 * Bytes on a connection of their own, and what comes back until it is closed.
 * @param {string} url @param {string} text
 * @returns {Promise<{ text: string, closed: boolean }>}
 */
function raw(url, text) {
    const { hostname, port, protocol } = new URL(url);
    const to = { host: hostname, port: Number(port) };
    return new Promise((resolve) => {
        let [got, left] = ['', hangS];
        const socket = protocol === 'https:' ? tls.connect({ ...to, rejectUnauthorized: false }, () => socket.write(text)) : net.connect(to, () => socket.write(text));
        /** @param {boolean} closed */
        const done = (closed) => {
            clearInterval(timer);
            socket.destroy();
            resolve({ text: got, closed });
        };
        const timer = setInterval(() => left-- <= 0 && done(false), 1000);
        socket.setEncoding('latin1').on('data', (part) => (got += part));
        socket.on('close', () => done(true)).on('error', () => undefined);
    });
}

/** @param {string} text */
const answers = (text) => text.match(/HTTP\/1\.[01] \d{3}/g) ?? [];

/** One request as text. @param {string} url @param {string} line @param {string} [body] undefined: none */
function written(url, line, body) {
    const { host } = new URL(url);
    const more = body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    return `${line} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n${body ?? ''}`;
}

/** Every request of a pair. @param {readonly string[]} places */
const requests = (places) => ['GET', 'POST', 'PUT', 'DELETE'].flatMap((method) => places.flatMap((place) => [undefined, '{}'].map((body) => ({ line: `${method} ${place}`, body }))));

/** @type {Record<string, { first: readonly string[], second: readonly string[], alive: string, serve: (t: import('ava').ExecutionContext) => Promise<string> }>} */
const servers = {
    'the open listener': { first: ['/healthz', '/api/nothing'], second: ['/login'], alive: '/healthz', serve: (t) => start(t, ['--record', 'off']).device.url() },
    'the closed listener': { first: ['/healthz'], second: ['/login'], alive: '/healthz', serve: async (t) => (await closed(t)).url },
    'ocellus-peer': {
        first: ['/stats', '/offer'],
        second: ['/offer'],
        alive: '/stats',
        serve: async (t) => {
            const device = new Device(['--http', '127.0.0.1:0', '--loopback', '--json'], { program: peerProgram });
            t.teardown(async () => {
                device.process.kill('SIGKILL');
                await device.ended;
            });
            return String((await device.event('listening'))['url']).replace(/\/$/, '');
        },
    },
};

for (const [name, { first, second, alive, serve }] of Object.entries(servers)) {
    test(`${name}: a request behind another ends the connection; the next one is answered`, async (t) => {
        const url = await serve(t);
        for (const one of requests(first)) {
            for (const two of requests(second)) {
                const pair = `${one.line} ${one.body ?? ''} | ${two.line} ${two.body ?? ''}`;
                const got = await raw(url, written(url, one.line, one.body) + written(url, two.line, two.body));
                t.true(got.closed, pair);
                t.true(answers(got.text).length <= 1, `${pair}: ${got.text}`);
                t.is(answers((await raw(url, written(url, `GET ${alive}`))).text)[0], 'HTTP/1.1 200', pair);
            }
        }
    });

    test(`${name}: one request, one answer, and the connection says so`, async (t) => {
        const url = await serve(t);
        const got = await raw(url, written(url, `GET ${alive}`));
        t.true(got.closed);
        t.regex(got.text, /^HTTP\/1\.1 200 OK\r\n/);
        t.is(got.text.match(/connection: close\r\n/g)?.length, 1, got.text);
        t.is(answers((await raw(url, written(url, `GET ${alive}`).repeat(3))).text).length, 1);
        for (const line of [`GET ${alive}%0aX-A:1`, `GET ${alive}%0dX-A:1`, `GET ${alive}?a=%0aX-A:1`, `POST ${alive}%0aContent-Type:application/json;`]) {
            t.deepEqual(answers((await raw(url, written(url, line))).text), ['HTTP/1.0 400'], line);
        }
        for (const line of [`GET ${alive}`, `GET ${alive}%zz`]) {
            const { text } = await raw(url, written(url, line));
            t.is(text.match(/x-content-type-options: nosniff\r\n/g)?.length, 1, `${line}: also what the library answers by itself: ${text}`);
        }
        t.deepEqual(answers((await raw(url, `GET ${alive}\r\nHost: localhost\r\n\r\n`)).text), ['HTTP/1.0 400'], 'no version');
        t.deepEqual(answers((await raw(url, `GET ${alive} x HTTP/1.1\r\nHost: localhost\r\n\r\n`)).text), ['HTTP/1.0 400'], 'another version');
    });
}

/** What the thread that answers has computed. @param {number} pid @returns {number} in 1/100 s */
function computed(pid) {
    const folder = `/proc/${pid}/task`;
    const found = readdirSync(folder).find((thread) => readFileSync(`${folder}/${thread}/comm`, 'utf8') === 'http\n');
    const words = readFileSync(`${folder}/${found}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return Number(words[11]) + Number(words[12]);
}

for (const [what, body, behind] of /** @type {const} */ ([['at once', undefined, 'x'], ['later', undefined, ''], ['with a body', '{}', 'x']])) {
    test(`a byte behind a request whose answer has no end, ${what}, does not keep the thread computing`, async (t) => {
        const { device } = start(t, ['--record', 'off']);
        const url = await device.url();
        await eventually(async () => ((await fetch(`${url}/live/cam1/index.m3u8`)).ok ? true : undefined), 'live');
        const { hostname, port } = new URL(url);
        let got = '';
        const socket = net.connect(Number(port), hostname, () => socket.write(written(url, 'GET /live/cam1.mp4', body) + behind));
        socket.setEncoding('latin1').on('data', (part) => (got += part.slice(0, 20))).on('error', () => undefined);
        t.teardown(() => socket.destroy());
        await eventually(async () => (got === '' ? undefined : true), 'it begins');
        t.true(got.startsWith('HTTP/1.1 200'));
        socket.write('x');
        const [from, before] = [performance.now(), computed(Number(device.process.pid))];
        await sleep(1500); // its share of the time that passes, however long that is
        const used = computed(Number(device.process.pid)) - before;
        t.true(used < (performance.now() - from) / 20, `${used} hundredths of a second`);
        t.is((await fetch(`${url}/healthz`)).status, 200);
    });
}
