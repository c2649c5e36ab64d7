// Cameras that want a password: which challenge is answered, and what is said of one that FFmpeg cannot answer.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { make } from './inputs.mjs';
import { rtpCamera, units } from './rtp_camera.mjs';
import { httpServer } from './servers.mjs';

const [user, password] = ['admin', 'Geheim 1%'];
const login = `${user}:${encodeURIComponent(password)}`;
const nonce = 'a1b2c3d4e5f60718';
const digest = (/** @type {string} */ more) => `Digest realm="IP Camera(12345)", nonce="${nonce}"${more}`;
const md5 = digest(', stale="FALSE"');
const named = digest(', algorithm="MD5"');
const small = digest(', algorithm=md5');
const qop = digest(', qop="auth", algorithm=MD5, opaque="xyz"');
const sha = digest(', algorithm=SHA-256');
const shaQop = digest(', algorithm="SHA-256", qop="auth"');
const sha512 = digest(', algorithm=SHA-512-256, qop="auth"');

/** True: the answer to one of `offered` is right. @param {readonly string[]} offered @param {string} method @param {string} authorization */
function answers(offered, method, authorization) {
    const found = new Map([...authorization.matchAll(/(\w+)=(?:"([^"]*)"|([^,\s]+))/g)].map(([, key = '', quoted, bare]) => [key, quoted ?? bare ?? '']));
    const algorithm = found.get('algorithm') ?? '';
    const fits = offered.some((one) => one.startsWith('Digest') && (/algorithm="?([\w-]+)/.exec(one)?.[1] ?? '').toUpperCase() === algorithm.toUpperCase());
    const hash = (/** @type {string} */ text) => createHash(algorithm.startsWith('SHA') ? 'sha256' : 'md5').update(text).digest('hex');
    const [one, two] = [hash(`${user}:${found.get('realm')}:${password}`), hash(`${method}:${found.get('uri')}`)];
    const middle = found.has('qop') ? `${found.get('nc')}:${found.get('cnonce')}:${found.get('qop')}:` : '';
    return fits && found.get('response') === hash(`${one}:${found.get('nonce')}:${middle}${two}`);
}

const kinds = /** @type {Record<string, readonly string[]>} */ ({
    md5: [md5],
    small: [small],
    qop: [qop],
    'sha-md5': [sha, md5],
    'md5-sha': [md5, sha],
    'shaqop-md5': [shaQop, named],
    'md5-shaqop': [qop, shaQop],
    'all-mixed': [sha512, named, sha],
    'basic-sha-md5': ['Basic realm="x"', sha, md5],
});

test.serial('a camera that offers MD5 beside others is read, whatever stands first', async (t) => {
    t.timeout(180_000, 'cameras');
    const all = units(2);
    const file = path.join(temporary(t), 'x.ts');
    make(file, ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-an', '-f', 'mpegts'], 20);
    const cameras = await Promise.all(
        Object.entries(kinds).map(async ([name, offered]) => {
            const challenges = (/** @type {string} */ method, /** @type {string} */ _, /** @type {string} */ authorization) => (answers(offered, method, authorization) ? [] : offered);
            return `${name}=rtsp://${login}@127.0.0.1:${await rtpCamera(t, all, { challenges })}/cam`;
        }),
    );
    for (const name of ['sha-md5', 'md5-sha']) {
        const offered = kinds[name] ?? [];
        const { at } = await httpServer(t, (request, response) => {
            if (!answers(offered, request.method ?? '', request.headers.authorization ?? '')) {
                response.writeHead(401, { 'WWW-Authenticate': [...offered] }).end();
                return;
            }
            response.writeHead(200);
            createReadStream(file).pipe(response);
        });
        cameras.push(`http-${name}=http://${login}@${at}/x.ts`);
    }
    const { device } = start(t, ['--record', 'off', ...cameras.flatMap((input) => ['--input', input])]);
    const played = await eventually(
        async () => {
            const found = (await device.json('/api/status')).channels;
            return found.length === cameras.length && found.every((/** @type {any} */ c) => c.packets > 10) ? found.length : undefined;
        },
        'all play',
        90,
    );
    t.is(played, cameras.length);
});

test.serial('a camera that offers what FFmpeg cannot do is told so, and not as a wrong password', async (t) => {
    t.timeout(120_000, 'cameras');
    const all = units(1);
    const { device } = start(t);
    const url = await device.url();
    const channel = async (/** @type {string} */ name, /** @type {readonly string[]} */ offered) => {
        const port = await rtpCamera(t, all, { challenges: () => offered });
        const body = JSON.stringify({ name, input: `rtsp://127.0.0.1:${port}/cam`, user, password });
        const answer = await fetch(`${url}/api/channels`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
        t.is(answer.status, 201, await answer.text());
        return await eventually(async () => {
            const found = (await device.json('/api/status')).channels.find((/** @type {any} */ c) => c.name === name);
            return found?.problem ? found : undefined;
        }, `${name} says why`);
    };
    for (const [name, offered, algorithm] of /** @type {const} */ ([
        ['sha', [sha], 'SHA-256'],
        ['sha2', [shaQop, sha512], 'SHA-512-256'],
    ])) {
        const { problem, reason } = await channel(name, offered);
        t.is(reason, 'notsup', problem);
        t.true(problem.endsWith(`it only accepts Digest ${algorithm}, which FFmpeg does not know: allow MD5 there`), problem);
    }
    const wrong = await channel('wrong', [sha, md5]);
    t.is(wrong.reason, 'password', wrong.problem);
    const basic = await channel('basic', ['Basic realm="x"', sha]);
    t.regex(basic.problem, /the camera requires an unencrypted password \(Basic\)/);
    t.false(device.stderr.includes(password));
});
