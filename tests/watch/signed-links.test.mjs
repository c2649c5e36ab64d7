// Watch links that end, judged by nginx (secure_link): whole ones play, with their segments; over: 410; changed: 403. [E3]
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { runnerImport } from 'vite';
import { root } from '../../scripts/lib.mjs';
import { eventually, freePort, start, temporary } from '../e2e/device.mjs';
import { watch } from './watching.mjs';

const linkSecret = 'a-secret-of-nginx-and-of-the-camera';

/** The product's own function, with the cryptography of Node in place of the host's. @param {import('ava').ExecutionContext} t */
async function signer(t) {
    const shim = path.join(temporary(t), 'crypto.mjs');
    writeFileSync(
        shim,
        `import { createHmac } from 'node:crypto';
        export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
        export const hex = (bytes) => Buffer.from(bytes).toString('hex');
        export const hmacSha256 = (key, bytes) => createHmac('sha256', key).update(bytes).digest();`,
    );
    const alias = { 'ocellus/app': path.join(root, 'modules'), 'ocellus/crypto': shim };
    const { module } = await runnerImport(path.join(root, 'modules/live/signed-link.ts'), { configFile: false, root, logLevel: 'error', resolve: { alias } });
    /** @type {(template: string, key: { linkSecret: string, linkSeconds: number }, wallMs: number) => string} */
    const sign = /** @type {any} */ (module).signedLink;
    return sign;
}

/** Two seconds of film as HLS and FLV in a folder. @param {import('ava').ExecutionContext} t */
function film(t) {
    const folder = mkdtempSync(path.join(temporary(t), 'www-'));
    mkdirSync(path.join(folder, 'live', 'front'), { recursive: true });
    const input = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=4', '-c:v', 'libx264', '-g', '25', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
    const outputs = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', path.join(folder, 'live/front/index.m3u8')];
    const made = spawnSync('ffmpeg', ['-v', 'error', ...input, ...outputs, '-c:v', 'libx264', '-f', 'flv', path.join(folder, 'live/front.flv')], { encoding: 'utf8' });
    t.is(made.status, 0, made.stderr);
    return folder;
}

/** nginx as docs/design/players.md has it. @param {import('ava').ExecutionContext} t @param {string} files */
async function server(t, files) {
    const folder = temporary(t);
    const port = await freePort();
    const judged = "if ($secure_link = '') { return 403; } if ($secure_link = '0') { return 410; }";
    writeFileSync(
        path.join(folder, 'nginx.conf'),
        `user root; daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/log; events {}
        http {
            access_log off;
            client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
            server {
                listen 127.0.0.1:${port}; root ${files};
                location /live/ {
                    secure_link $arg_md5,$arg_expires; secure_link_md5 "$secure_link_expires$uri ${linkSecret}"; ${judged}
                }
                location ~ ^/s/(?<md5>[^/]+)/(?<expires>[0-9]+)(?<folder>/.*/)(?<file>[^/]*)$ {
                    secure_link $md5,$expires; secure_link_md5 "$secure_link_expires$folder ${linkSecret}"; ${judged}
                    rewrite ^ /plain$folder$file last;
                }
                location /plain/ { internal; alias ${files}/; }
            }
        }`,
    );
    const nginx = spawn('nginx', ['-p', folder, '-c', path.join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] });
    t.teardown(() => void nginx.kill());
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => ((await fetch(url)).status > 0 ? true : undefined), 'nginx');
    return url;
}

test('nginx lets whole links in, with their segments; over: 410; changed: 403 [E3]', async (t) => {
    const [sign, files] = [await signer(t), film(t)];
    const url = await server(t, files);
    const templates = { flv: `${url}/live/front.flv?md5={md5}&expires={expires}`, hls: `${url}/s/{md5}/{expires}/live/front/index.m3u8` };
    const judge = async (/** @type {[string, string]} */ [kind, template]) => {
        const good = sign(template, { linkSecret, linkSeconds: 600 }, Date.now());
        const watched = await watch(t, good);
        t.is(watched.code, 0, `${kind}: ${watched.stderr}`);
        t.true(watched.ended.packets >= 99, `${kind}: ${watched.ended.packets} packets`);
        const over = sign(template, { linkSecret, linkSeconds: 600 }, Date.now() - 601_000);
        t.is((await fetch(over)).status, 410, kind);
        const refused = await watch(t, over);
        t.is(refused.code, 1, kind);
        t.notRegex(refused.stderr, new RegExp(`${linkSecret}|${/[\w-]{22}/.exec(good)?.[0]}`));
        const changed = {
            secret: sign(template, { linkSecret: 'another', linkSeconds: 600 }, Date.now()),
            longer: good.replace(/\d{10}/, (expires) => String(Number(expires) + 1)),
            place: good.replace('front', 'other'),
        };
        for (const [what, link] of Object.entries(changed)) {
            t.is((await fetch(link)).status, 403, `${kind}: ${what}`);
        }
    };
    await Promise.all(Object.entries(templates).map(judge));
});

test('a token is what another program makes of the secret [E3]', async (t) => {
    const sign = await signer(t);
    const [wallMs, uri] = [1_700_000_000_000, '/app/front'];
    const expires = '1700000060';
    const hmac = createHmac('sha256', linkSecret).update(expires + uri).digest('hex');
    const md5 = createHash('md5').update(`${expires}${uri} ${linkSecret}`).digest('base64url');
    t.is(sign(`https://cdn${uri}?token={hmac}&md5={md5}&e={expires}`, { linkSecret, linkSeconds: 60 }, wallMs), `https://cdn${uri}?token=${hmac}&md5=${md5}&e=${expires}`);
});

test('the watch addresses of a push are such links; nobody is shown what signs them [E1] [E3]', async (t) => {
    const url = await server(t, film(t));
    const settings = path.join(temporary(t), 'settings.json');
    const watchAt = { flv: `${url}/live/{channel}.flv?md5={md5}&expires={expires}`, hls: `${url}/s/{md5}/{expires}/live/{channel}/index.m3u8` };
    const target = { name: 'cdn', url: `rtmp://127.0.0.1:${await freePort()}/live`, key: '{channel}', watch: watchAt, linkSeconds: 60, linkSecret };
    writeFileSync(settings, JSON.stringify({ live: { targets: [target] } }));
    const { device } = start(t, ['--settings', settings, '--input', 'front=fake:?fps=5&gop=5', '--record', 'off']);
    await device.json('/api/status');
    const at = await device.url();
    const body = JSON.stringify({ target: 'cdn' });
    const started = await fetch(`${at}/api/push/front`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const answer = await started.json();
    t.is(started.status, 200, JSON.stringify(answer));
    const { addresses } = answer;
    for (const address of [addresses.flv, addresses.hls]) {
        t.is((await fetch(address)).status, 200, address);
        t.is((await fetch(address.replace('front', 'other'))).status, 403, address);
    }
    const shown = JSON.stringify([addresses, await device.json('/api/settings'), await device.json('/api/push'), device.stderr, device.stdout]);
    t.false(shown.includes(linkSecret));
});
