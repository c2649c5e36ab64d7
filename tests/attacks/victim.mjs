// A camera under attack, with somebody who watches it live over WebRTC and measures.
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, sleep } from '../e2e/device.mjs';
import { ask, closed, cookieOf, login, origin } from '../hosts/closed.mjs';
import { Crowd, crowdArgv } from '../net/lib/crowd.mjs';

export const FPS = 30;
/** The label of a data channel that watches. */
export const LIVE = 'action=live&channel=cam1';
/** Of every picture of the channel, in microseconds. */
const INTERVAL_US = 1e6 / FPS;
const flood = path.join(path.dirname(fileURLToPath(import.meta.url)), 'flood.mjs');
const sdpType = { 'content-type': 'application/sdp' };
const jsonType = { 'content-type': 'application/json' };

/** @returns {Promise<number>} a UDP port that is free now */
const freeUdp = () =>
    new Promise((resolve) => {
        const socket = dgram.createSocket('udp4');
        socket.bind(0, '127.0.0.1', () => {
            const { port } = socket.address();
            socket.close(() => resolve(port));
        });
    });

/** What a viewer saw between two marks. @typedef {{ frames: number, lost: number, p99Ms: number, mostMs: number }} Seen gaps beyond the stream's own interval */

/**
 * Starts both: HTTPS and login on loopback, a channel of 30 pictures a second, a channel that encoders push into.
 * @param {import('ava').ExecutionContext} t
 * @param {object} [p2p] more settings of the transport
 */
export async function victim(t, p2p = {}) {
    const inputs = ['--input', `cam1=fake:?fps=${FPS}&gop=30&size=6000&key=14000`, '--input', 'door=push:door'];
    const { device, data, url } = await closed(t, inputs);
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    const udp = await freeUdp();
    const changed = await eventually(async () => {
        const answer = await ask(url, 'PATCH /api/settings', { headers: { ...own, ...jsonType }, body: JSON.stringify({ p2p: { loopback: true, port: udp, ...p2p } }) });
        return answer.status === 503 ? undefined : answer;
    }, 'settings');
    t.is(changed.status, 200, changed.text);
    const made = await ask(url, 'POST /api/links', { headers: { ...own, ...jsonType }, body: '{"channel":"cam1","seconds":3600}' });
    t.is(made.status, 200, made.text);
    const link = String(made.json.path).replace('/index.m3u8', '.mp4');
    /** @type {import('../net/lib/crowd.mjs').Post} */
    const post = async (sdp) => {
        const { status, text } = await ask(url, 'POST /api/p2p/offer', { headers: { ...own, ...sdpType }, body: sdp });
        return { status, body: text };
    };
    /** Viewers of another process. */
    const crowd = () => {
        const [file = '', ...args] = crowdArgv({ loopback: true });
        const child = spawn(file, args, { stdio: 'pipe' });
        t.teardown(() => child.kill('SIGKILL'));
        return new Crowd(child, post);
    };
    const viewer = crowd();
    await viewer.join(1, LIVE);
    const sdp = await viewer.offer(); // nobody carries it: floods send it
    await sleep(1000);

    /** @returns {Promise<Seen>} since the last call */
    const seen = async () => {
        const [mark] = await viewer.mark();
        if (!mark) {
            throw new Error('the viewer is gone');
        }
        /** @param {number} us */
        const beyond = (us) => Math.max(0, Math.round((us - INTERVAL_US) / 100) / 10);
        return { frames: mark.frames, lost: mark.gaps, p99Ms: beyond(mark.p99), mostMs: beyond(mark.most) };
    };
    /**
     * What the viewer sees while this flood comes.
     * @param {string} kind @param {number} seconds
     * @returns {Promise<Seen & { done: number, statuses: string }>} done: what the flood sent; statuses: how often each came
     */
    const attack = async (kind, seconds) => {
        const target = { kind, seconds, url, udp, link, sdp, cookie: own.cookie, push: path.join(data, 'push.sock') };
        await seen();
        const strangers = spawn('nice', ['-n', '19', process.execPath, flood, JSON.stringify(target)], { stdio: ['ignore', 'pipe', 'inherit'] });
        t.teardown(() => strangers.kill('SIGKILL'));
        let said = '';
        strangers.stdout.setEncoding('utf8').on('data', (/** @type {string} */ part) => (said += part));
        await new Promise((resolve) => strangers.once('close', resolve));
        const during = await seen();
        const { done = 0, statuses = {} } = said === '' ? {} : JSON.parse(said);
        return { ...during, done, statuses: Object.entries(statuses).map(([code, n]) => `${n} x ${code}`).join(', ') };
    };
    return { device, data, url, own, post, seen, attack, viewer, crowd, sdp };
}
