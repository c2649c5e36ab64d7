// What comes through a reverse proxy, as it arrives: whatever headers the library loses on the way, it is behind the login, and no
// byte of one request becomes another. The proxies of others themselves: tests/attacks/proxies.test.mjs.
import net from 'node:net';
import test from 'ava';
import { eventually } from '../e2e/device.mjs';
import { hangS } from '../guard.mjs';
import { closed, password } from './closed.mjs';

/** The address of the proxy: one of its own, so that programs of this machine keep theirs. */
const proxy = '127.0.0.5';

/**
 * Bytes from an address, and what comes back until it is closed.
 * @param {string} url @param {string} text @param {string} [from]
 * @returns {Promise<string>}
 */
function raw(url, text, from = proxy) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
        let [got, left] = ['', hangS];
        const socket = net.connect({ host: hostname, port: Number(port), localAddress: from }, () => socket.write(text));
        const timer = setInterval(() => left-- <= 0 && socket.destroy(), 1000);
        socket.setEncoding('latin1').on('data', (part) => (got += part)).on('error', () => undefined);
        socket.on('close', () => {
            clearInterval(timer);
            resolve(got);
        });
    });
}

/** The status of each answer. @param {string} text */
const codes = (text) => [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, code]) => Number(code));

/** @param {import('ava').ExecutionContext} t */
const behind = (t) => closed(t, ['--listen', '127.0.0.1', '--trusted-proxy', proxy, '--host', 'cam.example']);
const host = 'Host: cam.example\r\n';
const names = 'X-Forwarded-For: 192.0.2.9\r\n';
/** A header whose whole name begins one that libwebsockets 4.1 knows takes the line behind it along. */
const swallow = ['X-A', 'C', 'H', 'Content-L', 'X-Forwarded-F', 'T'].map((name) => `${name}: 1\r\n`);

test('a trusted proxy is behind the login whatever arrives, programs of this machine are not', async (t) => {
    const { url } = await behind(t);
    await eventually(async () => (codes(await raw(url, `GET /api/settings HTTP/1.1\r\nHost: localhost\r\n\r\n`, '127.0.0.1'))[0] === 200 ? true : undefined), 'the script');
    for (const line of ['GET /api/settings', 'GET /healthz', 'GET /', 'GET /metrics', 'DELETE /api/channels/cam1']) {
        const none = await raw(url, `${line} HTTP/1.1\r\n${host}\r\n`);
        t.deepEqual(codes(none), [403], line);
        t.regex(none, /the proxy names no client/);
        for (const empty of ['X-Forwarded-For:', 'Via:', 'Forwarded:', 'X-Forwarded-For: \r\nVia: 1.1 proxy', 'X-Forwarded-For: unknown', `X-Forwarded-For: ${proxy}`]) {
            t.deepEqual(codes(await raw(url, `${line} HTTP/1.1\r\n${host}${empty}\r\n\r\n`)), [403], `${line} ${empty}`);
        }
    }
    t.deepEqual(codes(await raw(url, `GET /api/settings HTTP/1.1\r\n${host}${names}\r\n`)), [401]);
    t.deepEqual(codes(await raw(url, `GET /healthz HTTP/1.1\r\n${host}${names}\r\n`)), [200]);
    const login = JSON.stringify({ user: 'admin', password });
    const entered = await raw(url, `POST /login HTTP/1.1\r\n${host}${names}Origin: https://cam.example\r\nContent-Type: application/json\r\nContent-Length: ${login.length}\r\n\r\n${login}`);
    t.deepEqual(codes(entered), [200], 'and through it one logs in');
});

test('a header that the library swallows takes no login away', async (t) => {
    const { url } = await behind(t);
    for (const lost of swallow) {
        for (const line of ['GET /api/settings', 'GET /api/status', 'DELETE /api/channels/cam1']) {
            for (const to of [host, 'Host: 127.0.0.1\r\n']) {
                for (const head of [`${to}${lost}${names}`, `${lost}${names}${to}`, `${names}${lost}${to}`, `${lost}${to}${lost}${names}`]) {
                    const got = codes(await raw(url, `${line} HTTP/1.1\r\n${head}Accept: */*\r\n\r\n`));
                    t.true(got.every((code) => code >= 400), `${line} ${head}: ${got}`);
                }
            }
        }
        const inAddress = await raw(url, `GET /api/settings%0a${lost.trim()} HTTP/1.1\r\n${names}${host}Accept: */*\r\n\r\n`);
        t.deepEqual(codes(inAddress), [400], lost);
    }
});

test('no body becomes a request, and nothing behind a request is one', async (t) => {
    const { url, device } = await behind(t);
    const listed = async () => (await device.json('/api/channels')).channels.length;
    t.is(await listed(), 1);
    const inner = `DELETE /api/channels/cam1 HTTP/1.1\r\n${host}\r\n`;
    const login = `DELETE /api/channels/cam1 HTTP/1.1\r\n${host}${names}\r\n`;
    for (const body of [inner, login]) {
        const length = `Content-Length: ${body.length}\r\n`;
        for (const lost of swallow) {
            for (const from of [proxy, '127.0.0.1']) {
                for (const line of ['GET /healthz', 'POST /login', 'GET /api/status']) {
                    const got = await raw(url, `${line} HTTP/1.1\r\n${host}${names}${lost}${length}\r\n${body}`, from);
                    t.true(codes(got).length <= 1, `${line} ${lost} from ${from}: ${got}`);
                }
            }
        }
    }
    t.is(await listed(), 1);
});
