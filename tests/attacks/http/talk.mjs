// One entry of the corpus against one server: what is sent, what comes back, and what of it must not be.
import net from 'node:net';
import tls from 'node:tls';
import { hangS } from '../../guard.mjs';

/** @typedef {import('./corpus.mjs').Entry} Entry */

/**
 * A server under attack.
 * @typedef {object} Target
 * @property {'tls' | 'proxied'} kind
 * @property {number} port on loopback
 * @property {string} host a name that it answers to
 * @property {string} cookie of the owner
 * @property {string} word stands in answers that only the owner gets
 */

/** What came back. @typedef {{ text: string, closed: boolean, reset?: boolean }} Talk closed: by the server, within the guard; reset: while bytes were on their way to it */

/** Sees the address of a client that a proxy names. */
const client = 'X-Forwarded-For: 192.0.2.7\r\n';

/** Whole text of an entry. @param {Target} target @param {Entry} entry @param {string} id */
export function fill({ kind, host, cookie }, entry, id) {
    const from = kind === 'proxied' ? client : '';
    const head = `Host: ${host}\r\n${from}`;
    const owner = `${head}Cookie: ${cookie}\r\nOrigin: https://${host}\r\n`;
    const inner = `GET /api/echo/inner-${id} HTTP/1.1\r\n${owner}\r\n`;
    /** @type {Record<string, string>} */
    const known = {
        id, host, cookie, from, head, owner, inner,
        json: 'Content-Type: application/json\r\n',
        'inner.length': String(inner.length),
        'inner.hex': inner.length.toString(16),
    };
    const tail = entry.tail === false ? '' : `GET /healthz HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
    return entry.send.map((part) => (typeof part === 'string' ? part : part[0].repeat(part[1]))).join('').replace(/\{([a-z.]+)\}/g, (all, name) => known[name] ?? all) + tail;
}

/**
 * A connection whose bytes are sent until the server closes it. A proxy is one address; strangers have many.
 * @param {Target} target @param {number} n of the entry @param {string[]} [protocols]
 * @returns {net.Socket}
 */
export function connect({ kind, port }, n, protocols = []) {
    const where = { host: '127.0.0.1', port, localAddress: kind === 'tls' ? `127.1.${1 + (n >> 7)}.${1 + (n & 127)}` : '127.0.0.1' };
    const socket = kind === 'tls' ? tls.connect({ ...where, rejectUnauthorized: false, ALPNProtocols: protocols }) : net.connect(where);
    // an alert of TLS while something is being written ends nothing in Node
    return socket.setNoDelay(true).on('error', () => socket.destroy()).on('end', () => socket.destroy());
}

/** @param {Target} target @param {Entry} entry @param {string} id @param {number} n @returns {Promise<Talk>} */
export function talk(target, entry, id, n) {
    const bytes = Buffer.from(fill(target, entry, id), 'latin1');
    const socket = connect(target, n);
    let [text, reset] = ['', false];
    socket.on('error', (/** @type {NodeJS.ErrnoException} */ { code }) => (reset ||= code === 'ECONNRESET' || code === 'EPIPE'));
    const send = async () => {
        const size = entry.slow === true || entry.drip !== undefined ? 1 : bytes.length;
        for (let at = 0; at < bytes.length && !socket.destroyed && socket.writable; at += size) {
            await new Promise((resolve) => {
                const next = () => (entry.drip === undefined ? setImmediate(resolve) : setTimeout(resolve, entry.drip));
                socket.once('close', resolve).write(bytes.subarray(at, at + size), () => {
                    socket.off('close', resolve);
                    next();
                });
            });
        }
        if (entry.half === true) {
            socket.end();
        }
    };
    return new Promise((resolve) => {
        const guard = setTimeout(() => resolve({ text, closed: false }), hangS * 1000).unref();
        socket.on(target.kind === 'tls' ? 'secureConnect' : 'connect', send);
        socket.setEncoding('latin1').on('data', (part) => (text += part));
        socket.on('close', () => {
            clearTimeout(guard);
            resolve({ text, closed: true, reset });
        });
    });
}

/** The answers of a connection, those before the last status (1xx) left out. @param {string} text */
function answersOf(text) {
    const parts = text.split(/(?=HTTP\/1\.[01] \d{3})/).filter((part) => part !== '');
    return parts.map((part) => ({ status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(part)?.[1] ?? 0), part })).filter(({ status }) => status === 0 || status === 101 || status >= 200);
}

/** @param {string} allowed "200|4xx" @param {number} status */
const allows = (allowed, status) => allowed.split('|').some((one) => (one.endsWith('xx') ? one[0] === String(status)[0] : one === String(status)));

/** What the application saw, out of an answer. @param {string} part */
function echoOf(part) {
    try {
        return JSON.parse(part.slice(part.indexOf('\r\n\r\n') + 4));
    } catch {
        return undefined; // no body (HEAD), or not of the application
    }
}

/** @param {Partial<import('./corpus.mjs').Echo>} wanted @param {any} seen */
function differences({ headers = {}, ...rest }, seen) {
    const found = Object.entries(rest).filter(([key, value]) => seen[key] !== value).map(([key]) => `${key} ${JSON.stringify(seen[key])}`);
    for (const [name, value] of Object.entries(headers)) {
        const got = seen.headers?.[name] ?? null;
        if (![value].flat().includes(got)) {
            found.push(`header ${name} ${JSON.stringify(got)}`);
        }
    }
    return found.map((one) => `the application saw ${one}`);
}

/**
 * What must not be.
 * @param {Target} target @param {Entry} entry @param {Talk} got
 * @returns {string[]} empty: everything held
 */
export function judge(target, entry, { text, closed }) {
    const answers = answersOf(text);
    const allowed = entry.answers.flatMap((one) => (typeof one === 'string' ? [one] : Array(one[1]).fill(one[0])));
    const max = allowed.length + (entry.ends === true || entry.tail === false ? 0 : 1);
    const problems = closed ? [] : ['neither all answered nor closed'];
    if (answers.length > max) {
        problems.push(`${answers.length} answers, at most ${max}`);
    }
    if (answers.length < (entry.least ?? 0)) {
        problems.push(`${answers.length} answers, at least ${entry.least}`);
    }
    for (const [n, { status, part }] of answers.slice(0, max).entries()) {
        const may = allowed[n] ?? '200';
        if (!allows(may, status)) {
            problems.push(`answer ${n + 1} has status ${status}, not ${may}`);
        }
        const seen = status === 200 && n < allowed.length ? echoOf(part) : undefined;
        problems.push(...(seen?.headers === undefined ? [] : differences(entry.echo?.[n] ?? {}, seen)));
    }
    if ((entry.reaches ?? 0) === 0 && text.includes(target.word)) {
        problems.push('it reached what is behind the login');
    }
    return problems;
}

/** Whether the next connection is answered. @param {Target} target @param {number} n @param {number} [seconds] */
export const answersNext = (target, n, seconds = hangS) =>
    new Promise((resolve) => {
        const socket = connect(target, n);
        const guard = setTimeout(() => socket.destroy(), seconds * 1000);
        let text = '';
        socket.write(`GET /healthz HTTP/1.1\r\nHost: ${target.host}\r\n${target.kind === 'proxied' ? client : ''}Connection: close\r\n\r\n`);
        socket.setEncoding('latin1').on('data', (part) => (text += part)).on('close', () => {
            clearTimeout(guard);
            resolve(/^HTTP\/1\.1 \d{3} /.test(text));
        });
    });
