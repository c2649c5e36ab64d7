// What a page shows, from inside it: each picture by its block code, and whether the page calls it live. One script for
// Chromium and Firefox: a proxy in front of the device adds it to its pages, and gets what it posts.
import http from 'node:http';
import { read } from '../../blockcode/blockcode.mjs';

/**
 * Hands everything on to the device, but for the script and what it posts to `/seen`.
 * @param {import('ava').ExecutionContext} t
 * @param {string} device
 * @param {string} probe a module
 * @param {(seen: any) => void} onSeen
 * @returns {Promise<string>} its address
 */
export async function probed(t, device, probe, onSeen) {
    const server = http.createServer((request, reply) => {
        if (request.url === '/probe.js') {
            reply.setHeader('content-type', 'text/javascript').end(probe);
            return;
        }
        if (request.url === '/seen') {
            let body = '';
            request.on('data', (part) => (body += part)).on('end', () => {
                onSeen(JSON.parse(body));
                reply.end();
            });
            return;
        }
        const onward = http.request(device + request.url, { method: request.method, headers: { ...request.headers, 'accept-encoding': 'identity' } }, (answer) => {
            if (!answer.headers['content-type']?.startsWith('text/html')) {
                reply.writeHead(answer.statusCode ?? 502, answer.headers);
                answer.pipe(reply);
                return;
            }
            let html = '';
            answer.setEncoding('utf8').on('data', (part) => (html += part)).on('end', () => {
                const { 'content-length': _, ...headers } = answer.headers;
                reply.writeHead(answer.statusCode ?? 502, headers).end(html.replace('</head>', '<script type="module" src="/probe.js"></script></head>'));
            });
        });
        onward.on('error', () => reply.destroy());
        reply.on('close', () => onward.destroy());
        request.pipe(onward);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => {
        server.close();
        server.closeAllConnections();
    });
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
}

/**
 * @typedef {object} Seen one picture of a page since it was looked at first
 * @property {string} name of its channel
 * @property {number | undefined} frame by the block code; undefined: none is seen
 * @property {number | undefined} timeMs when it was drawn, UTC modulo 2^32
 * @property {boolean} live the page says so: a badge, or nothing over the picture where there are no badges
 * @property {number} stillMs for how long it stands still, time for which the page slept left out
 * @property {number} calledMs for how long it has been called live meanwhile
 * @property {number} worstMs the longest such time
 * @property {number} againMs for how long a video element has shown what is older than what it showed, as live
 * @property {number} worstAgainMs the longest such time
 * @property {number} shows how often it was called live again
 */

/** Looks at every stage ten times a second, and posts what it saw. Runs in the page. @param {typeof read} reader */
function look(reader) {
    const canvas = document.createElement('canvas');
    /** @type {Map<number, Seen>} */
    const all = new Map();
    /** The newest that a video element showed. @type {WeakMap<HTMLVideoElement, number>} */
    const newest = new WeakMap();
    /** @param {Element} stage */
    const video = (stage) => /** @type {HTMLVideoElement[]} */ ([...stage.querySelectorAll('video')]).find((one) => !one.hidden && !one.className.includes('quick') && one.videoWidth > 0);
    /** @param {HTMLVideoElement | undefined} from */
    const codeOf = (from) => {
        const context = canvas.getContext('2d', { willReadFrequently: true });
        if (from === undefined || context === null) return undefined;
        [canvas.width, canvas.height] = [from.videoWidth, Math.ceil(from.videoWidth / 10)];
        context.drawImage(from, 0, 0);
        return reader({ pixels: context.getImageData(0, 0, canvas.width, canvas.height).data, width: canvas.width, height: canvas.height, channels: 4 });
    };
    let last = performance.now();
    setInterval(() => {
        const now = performance.now();
        const passed = now - last > 500 ? 0 : now - last;
        last = now;
        const own = document.querySelector('ocellus-player')?.shadowRoot;
        const stages = own ? [own.querySelector('.stage')] : [...document.querySelectorAll('.stage')];
        for (const [n, stage] of stages.entries()) {
            if (stage === null) continue;
            const tag = /** @type {HTMLElement | null} */ (stage.querySelector('.tag'));
            const notice = /** @type {HTMLElement | null} */ ((own ?? stage).querySelector('.notice'));
            const caption = stage.closest('.tile')?.querySelector('.what')?.textContent ?? '';
            const live = (tag ? !tag.hidden : notice?.hidden === true) || caption.includes('Live');
            const shown = video(stage);
            const { frame, timeMs } = codeOf(shown) ?? {};
            const seen = all.get(n) ?? { name: '', frame, timeMs, live, stillMs: 0, calledMs: 0, worstMs: 0, againMs: 0, worstAgainMs: 0, shows: 0 };
            seen.name = stage.closest('.tile')?.querySelector('.name')?.textContent ?? '';
            const moved = frame !== undefined && frame !== seen.frame;
            seen.stillMs = moved ? 0 : seen.stillMs + passed;
            seen.calledMs = moved || !live ? 0 : seen.calledMs + passed;
            seen.frame = frame ?? seen.frame;
            seen.timeMs = timeMs ?? seen.timeMs;
            seen.shows += live && !seen.live ? 1 : 0;
            seen.live = live;
            seen.worstMs = Math.max(seen.worstMs, seen.calledMs);
            if (shown !== undefined && timeMs !== undefined) {
                const older = ((newest.get(shown) ?? timeMs) - timeMs) | 0;
                seen.againMs = live && older > (seen.againMs > 0 ? 0 : 500) ? seen.againMs + passed : 0;
                seen.worstAgainMs = Math.max(seen.worstAgainMs, seen.againMs);
                if (older < 0 || !newest.has(shown)) newest.set(shown, timeMs);
            }
            all.set(n, seen);
        }
    }, 100);
    setInterval(() => void fetch('/seen', { method: 'POST', body: JSON.stringify([...all.values()]) }).catch(() => undefined), 200);
}

/** The script for `probed`: posts `Seen[]` five times a second. */
export const stills = `(${look.toString()})(${read.toString()});`;
