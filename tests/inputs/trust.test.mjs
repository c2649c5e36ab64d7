// Whom inputs trust, and to whom they say their passwords.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Device, eventually, freePort, start, temporary } from '../e2e/device.mjs';
import { make, rtspServer } from './inputs.mjs';
import { certificate, httpServer, outside, rtspServerOf, tlsBefore } from './servers.mjs';

const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'aac'];

/** @param {string} file @returns {import('node:http').RequestListener} */
const serve = (file) => (_, response) => response.writeHead(200, { 'Content-Type': 'video/mp2t' }).end(readFileSync(file));

/** @param {import('ava').ExecutionContext} t */
function clip(t) {
    const file = path.join(temporary(t), 'x.ts');
    make(file, h264, 2);
    return file;
}

/** What the program says of an input that it refuses. @param {import('ava').ExecutionContext} t @param {string} input @param {NodeJS.ProcessEnv} [env] */
async function refusal(t, input, env = {}) {
    const device = new Device(['run', '--port', '0', '--data', temporary(t), '--record', 'off', '--input', `cam=${input}`, '--duration', '4'], { env });
    t.teardown(() => device.process.kill('SIGKILL'));
    const { code } = await device.ended;
    t.is(code, 1, device.stderr);
    return device.stderr;
}

/** The channel of an input, once its picture comes. @param {import('ava').ExecutionContext} t @param {string} input @param {NodeJS.ProcessEnv} [env] */
async function playing(t, input, env = {}) {
    const { device } = start(t, ['--record', 'off', '--input', `cam=${input}`], { env });
    const channel = await eventually(async () => {
        const [first] = (await device.json('/api/status')).channels;
        return first?.packets > 0 ? first : undefined;
    }, 'packets');
    await device.stop();
    t.false(/[Ss]EcReT/.test(device.stderr + device.stdout));
    return channel;
}

test.serial('HTTPS: a certificate that nobody vouches for is refused with its fingerprint; pinned or let pass it plays', async (t) => {
    const folder = temporary(t);
    const pair = certificate(folder, 'camera', 'IP:127.0.0.1');
    const other = certificate(folder, 'other', 'IP:127.0.0.1');
    const { at, heard } = await httpServer(t, serve(clip(t)), { pair });
    const plain = pair.fingerprint.replaceAll(':', '');
    const said = await refusal(t, `https://${at}/x.ts`);
    t.regex(said, new RegExp(`certificate self-signed or of an unknown authority; if yours, add tlsFingerprint=${plain}`));
    t.regex(await refusal(t, `https://${at}/x.ts#tlsFingerprint=${other.fingerprint}`), new RegExp(`the certificate differs from tlsFingerprint: ${plain}`));
    t.deepEqual(heard, [], 'not a word was said');
    t.is((await playing(t, `https://${at}/x.ts#tlsFingerprint=${pair.fingerprint}`)).tls, 'pinned');
    t.is((await playing(t, `https://${at}/x.ts#tlsFingerprint=${plain.toLowerCase()}`)).tls, 'pinned');
    t.is((await playing(t, `https://${at}/x.ts#tlsVerify=off`)).tls, 'off');
});

test.serial('HTTPS: a certificate of a trusted authority is accepted for its name only', async (t) => {
    const folder = temporary(t);
    const ca = certificate(folder, 'authority', 'DNS:authority.test');
    const env = { SSL_CERT_FILE: ca.cert };
    const file = clip(t);
    const good = await httpServer(t, serve(file), { pair: certificate(folder, 'good', 'IP:127.0.0.1', ca) });
    const wrong = await httpServer(t, serve(file), { pair: certificate(folder, 'wrong', 'DNS:elsewhere.test', ca) });
    t.is((await playing(t, `https://${good.at}/x.ts`, env)).tls, 'verified');
    t.regex(await refusal(t, `https://${wrong.at}/x.ts`, env), /certificate made out for another name; if yours, add tlsFingerprint=[0-9A-F]{64}/);
    t.deepEqual(wrong.heard, []);
    t.regex(await refusal(t, `https://${good.at}/x.ts`, { SSL_CERT_FILE: path.join(folder, 'none.pem') }), /unknown authority \(no CA file\)/);
});

test.serial('RTSPS: the same, though FFmpeg does not look at the certificate', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'camera.mp4');
    make(file, h264, 30);
    const port = await freePort();
    await rtspServer(t, port, file);
    const pair = certificate(folder, 'camera', 'IP:127.0.0.1');
    const { at } = await tlsBefore(t, pair, port);
    t.regex(await refusal(t, `rtsps://${at}/cam`), new RegExp(`tlsFingerprint=${pair.fingerprint.replaceAll(':', '')}`));
    t.is((await playing(t, `rtsps://${at}/cam#tlsFingerprint=${pair.fingerprint}`)).tls, 'pinned');
    t.is((await playing(t, `rtsps://${at}/cam#tlsVerify=off`)).tls, 'off');
    const ca = certificate(folder, 'authority', 'DNS:authority.test');
    const signed = await tlsBefore(t, certificate(folder, 'signed', 'IP:127.0.0.1', ca), port);
    t.is((await playing(t, `rtsps://${signed.at}/cam`, { SSL_CERT_FILE: ca.cert })).tls, 'verified');
    const named = await tlsBefore(t, certificate(folder, 'named', 'DNS:elsewhere.test', ca), port);
    t.regex(await refusal(t, `rtsps://${named.at}/cam`, { SSL_CERT_FILE: ca.cert }), /made out for another name/);
});

test.serial('a playlist over HTTPS: its parts come from verified servers only, and never without TLS', async (t) => {
    const folder = temporary(t);
    const ca = certificate(folder, 'authority', 'DNS:authority.test');
    const env = { SSL_CERT_FILE: ca.cert };
    const file = clip(t);
    const self = await httpServer(t, serve(file), { host: outside(), pair: certificate(folder, 'self', `IP:${outside()}`) });
    const plain = await httpServer(t, serve(file), { host: outside() });
    for (const [name, part] of /** @type {const} */ ([['self', `https://${self.at}/x.ts`], ['plain', `http://${plain.at}/x.ts`]])) {
        const list = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${part}\n#EXT-X-ENDLIST\n`;
        const pair = certificate(folder, name + '-list', 'IP:127.0.0.1', ca);
        const lists = await httpServer(t, (_, response) => response.writeHead(200, { 'Content-Type': 'application/vnd.apple.mpegurl' }).end(list), { pair });
        t.regex(await refusal(t, `https://${lists.at}/x.m3u8`, env), name === 'self' ? /unknown authority/ : /from TLS to a connection without/);
        t.true(lists.heard.length > 0);
    }
    t.deepEqual([self.heard, plain.heard], [[], []]);
});

test.serial('a redirect does not take the password along, nor out of TLS', async (t) => {
    const folder = temporary(t);
    const pair = certificate(folder, 'camera', 'IP:127.0.0.1');
    const digest = '401 Unauthorized\r\nWWW-Authenticate: Digest realm="b", nonce="1"';
    const basic = '401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"';
    const thief = await rtspServerOf(t, () => digest, { host: outside() });
    const away = `302 Moved\r\nLocation: rtsp://${thief.at}/cam`;
    const ask = (/** @type {string} */ request) => (/\nAuthorization: /.test(request) ? away : basic);
    const camera = await rtspServerOf(t, ask);
    t.regex(await refusal(t, `rtsp://me:sEcReT@${camera.at}/cam#auth=basic`), /redirected, without the password/);
    t.true(camera.heard.some((request) => request.includes('Authorization: Basic')));
    t.true(thief.heard.length > 0 && !thief.heard.join().includes('Authorization'), thief.heard.join('\n'));
    thief.heard.length = 0;
    const secure = await rtspServerOf(t, ask, { pair });
    t.regex(await refusal(t, `rtsps://me:sEcReT@${secure.at}/cam#tlsVerify=off`), /redirected from TLS to a connection without TLS: refused/);
    t.deepEqual(thief.heard, []);
    const web = await httpServer(t, (_, response) => response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="b"' }).end(), { host: outside() });
    const answer = (/** @type {import('node:http').IncomingMessage} */ request, /** @type {import('node:http').ServerResponse} */ response) =>
        request.headers.authorization ? response.writeHead(302, { Location: `http://${web.at}/x.ts` }).end() : response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="a"' }).end();
    const site = await httpServer(t, answer);
    t.regex(await refusal(t, `http://me:sEcReT@${site.at}/x.ts#auth=basic`), /wrong user name or password/);
    t.true(web.heard.length > 0 && web.heard.every((line) => line.endsWith(' none')), web.heard.join('\n'));
    web.heard.length = 0;
    const site2 = await httpServer(t, answer, { pair });
    t.regex(await refusal(t, `https://me:sEcReT@${site2.at}/x.ts#tlsVerify=off`), /from TLS to a connection without/);
    t.deepEqual(web.heard, []);
});

test.serial('a redirect on the same host keeps the password', async (t) => {
    const basic = '401 Unauthorized\r\nWWW-Authenticate: Digest realm="a", nonce="1"';
    let at = '';
    const camera = await rtspServerOf(t, (request) => (/^\w+ \S+\/first /.test(request) ? `302 Moved\r\nLocation: rtsp://${at}/second` : basic));
    at = camera.at;
    await refusal(t, `rtsp://me:sEcReT@${at}/first`);
    t.true(camera.heard.some((request) => /\/second /.test(request) && request.includes('Authorization: Digest')), camera.heard.join('\n'));
});

test.serial('HTTP: a relative redirect keeps the password; a full address, another port or scheme of that host too, never gets it', async (t) => {
    const folder = temporary(t);
    const file = clip(t);
    const ca = certificate(folder, 'authority', 'DNS:authority.test');
    const pair = certificate(folder, 'camera', `IP:${outside()}`, ca);
    const closed = (/** @type {import('node:http').IncomingMessage} */ request, /** @type {import('node:http').ServerResponse} */ response) =>
        request.headers.authorization ? serve(file)(request, /** @type {any} */ (response)) : response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="a"' }).end();
    const port = await httpServer(t, closed, { host: outside() });
    const secure = await httpServer(t, closed, { host: outside(), pair });
    let own = '';
    const camera = await httpServer(
        t,
        (request, response) => {
            const to = { '/near': '/x.ts', '/self': `http://${own}/x.ts`, '/port': `http://${port.at}/x.ts`, '/scheme': `https://${secure.at}/x.ts` }[String(request.url)];
            if (to && request.headers.authorization) {
                response.writeHead(302, { Location: to }).end();
            } else {
                closed(request, response);
            }
        },
        { host: outside() },
    );
    own = camera.at;
    t.true((await playing(t, `http://me:sEcReT@${own}/near#auth=basic`)).packets > 0);
    for (const leaves of ['self', 'port', 'scheme']) {
        t.regex(await refusal(t, `http://me:sEcReT@${own}/${leaves}#auth=basic`, { SSL_CERT_FILE: ca.cert }), /wrong user name or password/, leaves);
    }
    t.true(port.heard.length > 0 && secure.heard.length > 0);
    t.true([...port.heard, ...secure.heard].every((line) => line.endsWith(' none')), [...port.heard, ...secure.heard].join('\n'));
});

test.serial('Basic leaves in the clear only when the address says so; Digest does', async (t) => {
    const file = clip(t);
    const camera = await httpServer(t, (request, response) => {
        if (request.headers.authorization) {
            serve(file)(request, /** @type {any} */ (response));
        } else {
            response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="a"' }).end();
        }
    });
    t.regex(await refusal(t, `http://me:sEcReT@${camera.at}/x.ts`), /requires an unencrypted password \(Basic\): .*auth=basic/);
    const rtsp = await rtspServerOf(t, () => '401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"');
    t.regex(await refusal(t, `rtsp://me:sEcReT@${rtsp.at}/x`), /requires an unencrypted password \(Basic\)/);
    t.false([...camera.heard, ...rtsp.heard].join().includes('Basic'), 'nothing of it was sent');
    t.is((await playing(t, `http://me:sEcReT@${camera.at}/x.ts#auth=basic`)).tls, null);
    const digest = await rtspServerOf(t, () => '401 Unauthorized\r\nWWW-Authenticate: Digest realm="a", nonce="1"');
    await refusal(t, `rtsp://me:sEcReT@${digest.at}/x`);
    t.true(digest.heard.some((request) => request.includes('Authorization: Digest')));
});
