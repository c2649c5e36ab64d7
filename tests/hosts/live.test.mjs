// Low-latency HLS over the network: reloads that wait, hints that come, numbers nobody may send, peers that leave.
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import path from 'node:path';
import test from 'ava';
import { closed, cookieOf, login } from './closed.mjs';
import { eventually, sleep, start, temporary } from '../e2e/device.mjs';
import { hanging } from '../guard.mjs';

const silent = 'cam=fake:?fps=30&gop=30&size=2000&key=9000';
const source = `${silent}&audio=aac`;

/**
 * @param {string} url
 * @returns {Promise<{ status: number, text: string, ms: number, type: string }>}
 */
async function get(url) {
    const begun = performance.now();
    const response = await fetch(url, { signal: hanging() });
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    return { status: response.status, text, ms: performance.now() - begun, type: response.headers.get('content-type') ?? '' };
}

/** @param {import('ava').ExecutionContext} t @param {string[]} args */
async function running(t, args) {
    const { device } = start(t, ['--record', 'off', ...args]);
    const url = `${await device.url()}/live/cam/`;
    await eventually(async () => ((await get(`${url}index.m3u8`)).text.includes('PRELOAD-HINT') ? true : undefined), 'a playlist with parts');
    return { device, url };
}

/** The segment and part that come next. @param {string} text */
function hinted(text) {
    const [, msn, part] = /PRELOAD-HINT:TYPE=PART,URI="p(\d+)\.(\d+)\.m4s"/.exec(text) ?? [];
    return { msn: Number(msn), part: Number(part) };
}

test('a player by the book: each reload brings the part it waited for, each hinted part comes', async (t) => {
    const { url } = await running(t, ['--input', source]);
    let { msn, part } = hinted((await get(`${url}index.m3u8`)).text);
    let [parts, waited] = [0, 0];
    while (parts < 15) {
        const [list, media] = await Promise.all([get(`${url}index.m3u8?_HLS_msn=${msn}&_HLS_part=${part}&_HLS_skip=YES`), get(`${url}p${msn}.${part}.m4s`)]);
        t.is(list.status, 200);
        t.is(list.type, 'application/vnd.apple.mpegurl');
        t.true(list.text.includes(`URI="p${msn}.${part}.m4s"`) || hinted(list.text).msn > msn, list.text);
        t.is(media.status, 200, `p${msn}.${part}.m4s`);
        t.is(media.text.slice(4, 8), 'moof');
        waited += list.ms > 50 ? 1 : 0;
        parts++;
        ({ msn, part } = hinted(list.text));
    }
    t.true(waited >= parts * 0.5, `${waited} of ${parts} reloads waited`);
});

test('directives that no player may send are refused at once', async (t) => {
    const { url } = await running(t, ['--input', source]);
    const { msn } = hinted((await get(`${url}index.m3u8`)).text);
    const bad = [`_HLS_msn=${msn + 100}`, `_HLS_msn=${msn + 100}&_HLS_part=0`, '_HLS_part=0', '_HLS_msn=-1', '_HLS_msn=1e9', '_HLS_msn=', '_HLS_msn=1&_HLS_msn=1', '_HLS_msn=0x1'];
    bad.push('_HLS_msn=18446744073709551616', `_HLS_msn=${'9'.repeat(300)}`, '_HLS_msn=1&_HLS_part=x', '_HLS_msn=%31%20', '_HLS_msn=1&_HLS_part=1&_HLS_part=1');
    for (const query of bad) {
        const answer = await get(`${url}index.m3u8?${query}`);
        t.is(answer.status, 400, query);
    }
    for (const query of ['_HLS_msn=1', `_HLS_msn=${msn - 1}&_HLS_part=77`, '_HLS_skip=maybe', 'x=1&_HLS_push=1', '%5f=&&&']) {
        t.is((await get(`${url}index.m3u8?${query}`)).status, 200, query);
    }
    for (const file of [`p${msn}.999.m4s`, `p${msn + 500}.0.m4s`, 'p0.0.m4s', 'p1.m4s', 'p-1.0.m4s', 'p1.00.m4s', 'p99999999999.0.m4s', 'x.m3u8']) {
        t.is((await get(url + file)).status, 404, file);
    }
});

test('peers that leave while they wait leave no place taken', async (t) => {
    const { device, url } = await running(t, ['--input', `${silent}&script=stall@150:30000`]);
    await eventually(async () => {
        const { msn, part } = hinted((await get(`${url}index.m3u8`)).text);
        return (await get(`${url}p${msn}.${part}.m4s`)).status === 503 ? true : undefined;
    }, 'the silence');
    const { msn } = hinted((await get(`${url}index.m3u8`)).text);
    for (let round = 0; round < 6; round++) {
        const requests = Array.from({ length: 60 }, () => http.get(`${url}index.m3u8?_HLS_msn=${msn}`, { agent: false }).on('error', () => undefined));
        await sleep(150);
        for (const request of requests) {
            request.destroy();
        }
        await sleep(50);
    }
    const begun = performance.now();
    const answer = await get(`${url}index.m3u8?_HLS_msn=${msn}`);
    t.is(answer.status, 503, 'it was let in, and waited');
    t.true(performance.now() - begun > 2500);
    t.is((await device.json('/api/status')).channels[0].state, 'silent');
});

test('live.partMs 0: plain HLS, the same address', async (t) => {
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ live: { partMs: 0 } }));
    const { device } = start(t, ['--record', 'off', '--input', source, '--settings', settings]);
    const url = `${await device.url()}/live/cam/`;
    const list = await eventually(async () => {
        const answer = await get(`${url}index.m3u8?_HLS_msn=1`);
        return answer.status === 200 ? answer : undefined;
    }, 'a playlist');
    t.false(/PART|SERVER-CONTROL|HINT/.test(list.text), list.text);
    t.is((await get(`${url}p1.0.m4s`)).status, 404);
    t.false((await device.json('/api/status')).channels[0].live.lowLatency);
});

test('ten thousand requests of one client by HTTP/2: no answer breaks off, connections follow one another', async (t) => {
    const { url } = await closed(t, ['--input', source]);
    const own = cookieOf(await login(url));
    const counts = { answers: 0, again: 0, broken: 0, connections: 0 };
    /** @type {string[]} */
    const errors = [];
    let session = /** @type {http2.ClientHttp2Session | undefined} */ (undefined);
    const connection = () => {
        if (!session || session.destroyed || session.closed) {
            session = http2.connect(url, { rejectUnauthorized: false });
            session.on('error', (error) => errors.push(error.message));
            counts.connections++;
        }
        return session;
    };
    /** One request; tells whether its answer came whole. @returns {Promise<void>} */
    const one = () =>
        new Promise((resolve) => {
            const stream = connection().request({ ':path': '/healthz', ...own });
            let [status, text] = [0, ''];
            stream.on('response', (headers) => (status = headers[':status'] ?? 0));
            stream.on('data', (part) => (text += part));
            stream.on('error', () => undefined);
            stream.on('close', () => {
                const whole = status === 200 && text.endsWith('\n');
                counts.answers += whole ? 1 : 0;
                counts.again += status === 0 ? 1 : 0;
                counts.broken += status !== 0 && !whole ? 1 : 0;
                setImmediate(resolve);
            });
        });
    const worker = async () => {
        while (counts.answers < 10_000 && errors.length === 0) {
            await one();
        }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    t.log(JSON.stringify(counts));
    t.deepEqual(errors, [], 'a client whose window is opened beyond 2^31 says "Flow control error"');
    t.is(counts.broken, 0);
    t.is(counts.connections, 2);
    t.true(counts.again <= 8, 'unanswered ones are asked again');
});
