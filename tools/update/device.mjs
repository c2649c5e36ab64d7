// `ocellus update`: the update of a device that runs, over its HTTP interface (docs/design/update.md).
import http from 'node:http';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBytes } from './files.mjs';
import { bundleMax } from './format.mjs';
import { atTerminal, given, prompt } from './secret.mjs';
import { need, parse, runCommand, Unable, Usage, whole } from './words.mjs';

/** @typedef {import('./words.mjs').Parsed} Parsed */

export const updateUsage = `usage: ocellus update COMMAND --url http(s)://HOST[:PORT]

  status           what runs, the slots, the last attempts
  check            the device looks for a release now
  apply FILE.ocb   gives it a bundle; --wait: until its trial is over
  rollback         back to the application from before; --wait

  all: --user NAME (admin), the password from OCELLUS_PASSWORD,
  --password-file or the terminal; --cert-fingerprint SHA256 instead of an
  authority; --timeout SECONDS of --wait (900); --json
`;

const text = /** @type {const} */ ({ type: 'string' });
const options = /** @type {import('./words.mjs').Options} */ ({ url: text, user: text, 'password-file': text, 'cert-fingerprint': text, timeout: text, wait: { type: 'boolean' }, json: { type: 'boolean' } });
const answerMax = 1 << 20; // bytes

/**
 * @typedef {object} Way
 * @property {URL} url
 * @property {string} fingerprint in small letters, without colons; '': authorities decide
 * @property {string | undefined} authorization
 */

/** @param {Parsed} parsed @returns {Promise<Way>} */
async function wayOf(parsed) {
    let url;
    try {
        url = new URL(need(parsed, 'url'));
    } catch (error) {
        throw error instanceof Usage ? error : new Usage('--url: not an address');
    }
    if (!/^https?:$/.test(url.protocol)) throw new Usage('--url: http or https');
    if (url.username || url.password) throw new Usage('--url: without user and password: give --user and OCELLUS_PASSWORD');
    const fingerprint = (parsed.text('cert-fingerprint') ?? '').replaceAll(':', '').toLowerCase();
    if (fingerprint !== '' && !/^[0-9a-f]{64}$/.test(fingerprint)) throw new Usage('--cert-fingerprint: a SHA-256 has 64 hexadecimal digits');
    let password = given('OCELLUS_PASSWORD', parsed.text('password-file'));
    if (password === undefined && url.protocol === 'https:' && atTerminal()) password = await prompt('Password: ');
    const pair = password === undefined ? undefined : `${parsed.text('user') ?? 'admin'}:${password}`;
    return { url, fingerprint, authorization: pair && `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** A connection whose other end is known before a byte of the request leaves. @param {Way} way @returns {Promise<import('node:net').Socket | undefined>} */
async function connect({ url, fingerprint }) {
    if (url.protocol === 'http:') return undefined;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = tls.connect({ host, port: Number(url.port || 443), ...(/[a-z]/i.test(host) && !host.includes(':') && { servername: host }), rejectUnauthorized: fingerprint === '', ALPNProtocols: ['http/1.1'] });
    await new Promise((resolve, reject) => {
        socket.once('secureConnect', () => resolve(undefined));
        socket.once('error', reject);
        socket.setTimeout(30_000, () => reject(new Error('no answer within 30 s')));
    });
    const found = socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase();
    if (fingerprint !== '' && found !== fingerprint) {
        socket.destroy();
        throw new Unable(`another certificate than --cert-fingerprint: ${found}; is it another device, or somebody between?`);
    }
    return socket;
}

/** @param {NodeJS.ErrnoException} error */
function explain({ code = '', message }) {
    if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return `its certificate is of no authority known here (${code}): give --cert-fingerprint, which the device shows`;
    return code === 'ECONNREFUSED' ? 'refused: nothing listens there' : code || message;
}

/**
 * @param {Way} way
 * @param {string} method
 * @param {string} path
 * @param {Buffer} [body]
 * @param {string} [type]
 * @returns {Promise<{ status: number, value: any }>}
 */
async function request(way, method, path, body, type = 'application/json') {
    const { url, authorization } = way;
    try {
        const socket = await connect(way);
        // beside an agent, also none, Node leaves createConnection out and connects by itself, without TLS
        const connection = socket ? { createConnection: () => socket } : { agent: /** @type {const} */ (false) };
        return await new Promise((resolve, reject) => {
            const headers = { ...(authorization && { authorization }), ...(body && { 'content-type': type, 'content-length': body.length }) };
            const call = http.request({ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || (socket ? 443 : 80), method, path, headers: { host: url.host, ...headers }, ...connection }, (response) => {
                /** @type {Buffer[]} */
                const parts = [];
                let length = 0;
                response.on('data', (part) => {
                    parts.push(part);
                    length += part.length;
                    if (length > answerMax) response.destroy(new Error('an answer without end'));
                });
                response.on('error', reject);
                response.on('end', () => {
                    let value;
                    try {
                        value = JSON.parse(Buffer.concat(parts).toString('utf8'));
                    } catch {
                        value = undefined;
                    }
                    resolve({ status: response.statusCode ?? 0, value });
                });
            });
            call.setTimeout(60_000, () => call.destroy(new Error('no answer within 60 s')));
            call.on('error', reject);
            call.end(body);
        });
    } catch (error) {
        if (error instanceof Unable) throw error;
        throw new Unable(`${url.host}: ${explain(/** @type {NodeJS.ErrnoException} */ (error))}`);
    }
}

/** The value of a good answer. @param {Way} way @param {{ status: number, value: any }} answer */
function good({ url, authorization }, { status, value }) {
    if (status >= 200 && status < 300) return value;
    const why = typeof value?.error === 'string' ? value.error : value?.error?.message;
    if (status === 401) throw new Unable(`${url.host}: login: ${authorization ? 'wrong user or password' : 'give the password in OCELLUS_PASSWORD or --password-file'}`);
    if (status === 404 && why === undefined) throw new Unable(`${url.host}: no updates there (404)`);
    throw new Unable(`${url.host}: refused (${status})${why ? `: ${String(why).split('\n')[0]}` : ''}`);
}

/** @param {Way} way */
const stateOf = async (way) => good(way, await request(way, 'GET', '/api/update'));

/** Waits until nothing is under way and `isOver` says so. @param {Way} way @param {number} seconds @param {(state: any) => boolean} isOver */
async function wait(way, seconds, isOver) {
    const end = Date.now() + seconds * 1000;
    let shown = '';
    for (;;) {
        let state;
        try {
            state = await stateOf(way);
        } catch (error) {
            if (Date.now() >= end) throw error; // the script, or the program, starts again
        }
        if (state?.state === 'idle' && isOver(state)) return state;
        if (state !== undefined && state.state !== shown) {
            shown = state.state;
            if (process.stderr.isTTY) console.error(shown);
        }
        if (Date.now() >= end) throw new Unable(`${way.url.host}: not over after ${seconds} s: ${shown}`);
        await sleep(250);
    }
}

/** @param {any} state */
function describe(state) {
    const lines = [`${state.name} ${state.version}, ${state.state}; host ${state.host}, API level ${state.apiLevel}, ${state.engine}, counter ${state.counter}`];
    for (const slot of state.slots ?? []) lines.push(`  slot ${slot.slot}: ${slot.name} ${slot.version}${slot.state ? `, ${slot.state}` : ''}${slot.keyId ? `, key ${slot.keyId}` : ''}`);
    lines.push(`  keys: ${state.keys?.join(', ') || 'none: start with --update-key'}${state.revoked?.length ? `; revoked: ${state.revoked.join(', ')}` : ''}`);
    if (state.available) lines.push(`  index: ${state.available.problem ?? (state.available.version ? `${state.available.version} is available` : 'nothing newer')}, looked at ${state.available.checked}`);
    for (const one of (state.history ?? []).slice(0, 5)) lines.push(`  ${one.at} ${one.version} from ${one.from}: ${one.result}${one.why ? `: ${one.why}` : ''}`);
    if (state.lastFailure) lines.push(`  last failure: ${state.lastFailure.version}: ${state.lastFailure.why}`, ...String(state.lastFailure.stack ?? '').split('\n').filter(Boolean).map((line) => `    ${line}`));
    return lines.join('\n');
}

/** The result of an attempt, and the exit code. @param {Parsed} parsed @param {any} state @param {string} version */
function report(parsed, state, version) {
    const [last] = state.history ?? [];
    const isGood = last?.result === 'committed' || last?.result === 'revoked';
    if (parsed.is('json')) console.log(JSON.stringify({ version, result: last?.result ?? null, why: last?.why ?? '', running: state.version }));
    if (!isGood) throw new Unable(`${version}: ${last?.result ?? 'nothing happened'}${last?.why ? `: ${last.why}` : ''}; ${state.version} runs`);
    if (!parsed.is('json')) console.log(`${version}: ${last.result}; ${state.name} ${state.version} runs`);
    return 0;
}

/** @param {Parsed} parsed @param {Way} way @param {any} before @param {any} answer */
async function finish(parsed, way, before, answer) {
    const version = answer?.version ?? '';
    if (!parsed.is('wait')) {
        console.log(parsed.is('json') ? JSON.stringify(answer ?? {}) : `${version || 'the application from before'}: ${answer?.state ?? 'under way'}`);
        return 0;
    }
    const seconds = whole(parsed, 'timeout', 900, 86_400);
    const mark = JSON.stringify(before.history?.[0] ?? null);
    const state = await wait(way, seconds, ({ history }) => JSON.stringify(history?.[0] ?? null) !== mark);
    return report(parsed, state, version || state.version);
}

/** @type {Readonly<Record<string, (args: readonly string[]) => Promise<number>>>} */
const commands = {
    status: async (args) => {
        const parsed = parse(args, options, 0, 0);
        const state = await stateOf(await wayOf(parsed));
        console.log(parsed.is('json') ? JSON.stringify(state) : describe(state));
        return 0;
    },
    check: async (args) => {
        const parsed = parse(args, options, 0, 0);
        const way = await wayOf(parsed);
        const { available } = await stateOf(way);
        good(way, await request(way, 'POST', '/api/update/check', Buffer.from('{}')));
        const state = await wait(way, 120, (now) => now.available !== null && now.available?.checked !== available?.checked);
        if (parsed.is('json')) console.log(JSON.stringify(state.available));
        if (state.available.problem) throw new Unable(`${way.url.host}: ${state.available.problem}`);
        if (!parsed.is('json')) console.log(state.available.version ? `${state.available.version} is available` : 'nothing newer');
        return 0;
    },
    apply: async (args) => {
        const parsed = parse(args, options, 1, 1);
        const data = readBytes(parsed.words[0] ?? '', bundleMax);
        const way = await wayOf(parsed);
        const before = parsed.is('wait') ? await stateOf(way) : {};
        const answer = good(way, await request(way, 'POST', '/api/update', data, 'application/octet-stream'));
        return finish(parsed, way, before, answer);
    },
    rollback: async (args) => {
        const parsed = parse(args, options, 0, 0);
        const way = await wayOf(parsed);
        const before = parsed.is('wait') ? await stateOf(way) : {};
        const answer = good(way, await request(way, 'POST', '/api/update/rollback', Buffer.from('{}')));
        return finish(parsed, way, before, answer);
    },
};

/** @param {readonly string[]} args */
export const updateCommand = (args) => runCommand('update', updateUsage, commands, args);
