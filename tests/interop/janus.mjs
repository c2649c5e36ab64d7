// `ocellus-peer` and Janus, a gateway with an RSA certificate, in a network of its own: prints one JSON object per line,
// {"name", "error"?}, and ends. The echo test answers our offer (Janus is the DTLS client), the text room offers (it is the server).
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { makePattern, patternBytes, sha256, until } from './scenario.mjs';
import { root } from '../../scripts/lib.mjs';

const API = 'http://127.0.0.1:8088/janus';
const BYTES = 100_003;
const SIZE = 1200;
const run = promisify(execFile);
const folder = mkdtempSync(path.join(os.tmpdir(), 'oc-janus-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** @param {string} name @param {() => Promise<void>} test */
async function tell(name, test) {
    try {
        await test();
        console.log(JSON.stringify({ name }));
    } catch (error) {
        console.log(JSON.stringify({ name, error: error instanceof Error ? error.message : String(error) }));
    }
}

/** A program until this process ends; what it says on stdout. @param {string} program @param {string[]} args */
function start(program, args) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = { text: '', child };
    child.stdout.setEncoding('utf8').on('data', (part) => {
        said.text += part;
    });
    process.on('exit', () => child.kill('SIGKILL'));
    return said;
}

/** Objects that `ocellus-peer --json` has printed. @param {{ text: string }} said */
const events = (said) => said.text.split('\n').slice(0, -1).map((line) => JSON.parse(line));

/** @param {string[]} options */
const ocellus = (options) => start(path.join(path.dirname(process.env['OC_PROGRAM'] ?? path.join(root, 'build', 'linux', 'ocellus')), 'ocellus-peer'), ['--json', ...options]);

/** Janus with a new RSA certificate, two plug-ins, and its HTTP API on loopback. */
async function janus() {
    const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-subj', '/CN=gateway', '-days', '30', '-keyout', key, '-out', cert]);
    const lib = (await run('dpkg', ['-L', 'janus'])).stdout.split('\n').find((line) => /\/janus\/plugins$/.test(line)) ?? '';
    writeFileSync(
        path.join(folder, 'janus.jcfg'),
        `general: { plugins_folder = "${lib}", transports_folder = "${path.join(path.dirname(lib), 'transports')}", configs_folder = "${folder}" }
certificates: { cert_pem = "${cert}", cert_key = "${key}" }
plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so" }
transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
`,
    );
    writeFileSync(path.join(folder, 'janus.transport.http.jcfg'), 'general: { json = "compact", base_path = "/janus", http = true, port = 8088, ip = "127.0.0.1" }\n');
    writeFileSync(path.join(folder, 'janus.plugin.textroom.jcfg'), 'general: { json = "compact" }\n');
    const said = start('janus', ['-C', path.join(folder, 'janus.jcfg'), '-F', folder, '--disable-colors']);
    for (let tries = 0; ; tries++) {
        try {
            await fetch(`${API}/info`);
            return said;
        } catch (error) {
            if (tries === 200 || said.child.exitCode !== null) {
                throw new Error(`janus does not listen: ${error} ${said.text.slice(-2000)}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }
}

let transactions = 0;

/** @param {string} url @param {object} body @returns {Promise<any>} */
async function post(url, body) {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ transaction: String(++transactions), ...body }) });
    return response.json();
}

/** A session with one plug-in. @param {string} plugin */
async function attach(plugin) {
    const session = `${API}/${(await post(API, { janus: 'create' })).data.id}`;
    const handle = `${session}/${(await post(session, { janus: 'attach', plugin })).data.id}`;
    return {
        /** @param {object} body @param {object} [jsep] */
        say: (body, jsep) => post(handle, { janus: 'message', body, ...(jsep && { jsep }) }),
        /** The next event with a description. */
        async description() {
            for (let turn = 0; turn < 20; turn++) {
                const event = /** @type {any} */ (await (await fetch(session)).json());
                if (event.jsep) {
                    return event.jsep.sdp;
                }
            }
            throw new Error(`${plugin}: no description`);
        },
    };
}

/** We offer; every byte comes back. */
async function echo() {
    const gateway = await attach('janus.plugin.echotest');
    const server = http.createServer(async (request, response) => {
        let offer = '';
        for await (const part of request.setEncoding('utf8')) {
            offer += part;
        }
        await gateway.say({ audio: false, video: false }, { type: 'offer', sdp: offer });
        response.writeHead(201, { 'content-type': 'application/sdp' }).end(await gateway.description());
    });
    await new Promise((resolve) => server.listen(8099, '127.0.0.1', () => resolve(undefined)));
    const said = ocellus(['--offer-to', 'http://127.0.0.1:8099/', '--open', `echo?bytes=${BYTES}&size=${SIZE}`]);
    await until(() => events(said).some((one) => one.sha256 !== undefined || one.event === 'over'), 'the echo', 20);
    const back = events(said).find((one) => one.sha256 !== undefined);
    makePattern();
    const right = await sha256(patternBytes(0, BYTES));
    if (back?.sha256 !== right || back.bytes !== BYTES) {
        throw new Error(`${BYTES} bytes with ${right} went out: ${said.text}`);
    }
    server.close();
}

/** It offers, and opens a channel that we do not know: refused, which takes a whole association. */
async function room() {
    const gateway = await attach('janus.plugin.textroom');
    const said = ocellus(['--http', '127.0.0.1:0']);
    await until(() => said.text.includes('listening'), 'listening', 10);
    await gateway.say({ request: 'setup' });
    const offer = await gateway.description();
    const response = await fetch(`${events(said)[0].url}offer`, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: offer });
    const answer = await response.text();
    if (response.status !== 201) {
        throw new Error(answer);
    }
    await gateway.say({ request: 'ack' }, { type: 'answer', sdp: answer });
    await until(() => events(said).some((one) => one.state === 'up' || one.event === 'over'), 'up', 20);
    if (!events(said).some((one) => one.state === 'up')) {
        throw new Error(said.text);
    }
}

const gateway = await janus();
await tell('the gateway answers: its echo of every byte', echo);
await tell('the gateway offers: its channel comes', room);
if (process.env['OC_JANUS_LOG']) {
    console.error(gateway.text);
}
process.exit(0);
