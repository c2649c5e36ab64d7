// A page of the tests that watches a camera over data channels: a small player on MSE, a command channel with reports.
// It comes from the address of the device, so its requests are those of the product's own page.
import { eventually, sleep } from '../device.mjs';

/**
 * In the page: connects, plays, reports. Functions are reached as `window.camera`.
 * @param {{ label: string, command: boolean, early: boolean, report: boolean }} options
 */
async function connect({ label, command, early, report }) {
    const pc = new RTCPeerConnection();
    const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
    const state = {
        /** JSON messages of the live channel. */ texts: /** @type {any[]} */ ([]),
        messages: 0, bytes: 0, appended: 0, dropped: 0, closed: '', keys: 0,
        /** When messages came, ms. */ at: /** @type {number[]} */ ([]),
        /** A request and how it ended. */ answers: new Map(), reports: 0, firstMs: 0,
    };
    /** @type {RTCDataChannel} */
    const live = early ? pc.createDataChannel(label, { negotiated: true, id: 1 }) : pc.createDataChannel(label);
    const commands = !command ? undefined : early ? pc.createDataChannel('action=command', { negotiated: true, id: 2 }) : pc.createDataChannel('action=command');
    for (const channel of [live, commands]) {
        if (channel) {
            channel.binaryType = 'arraybuffer';
        }
    }
    /** @type {ArrayBuffer[]} */ let queue = [];
    /** @type {SourceBuffer | undefined} */ let buffer;
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    const opened = new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
    const next = () => {
        if (!buffer || buffer.updating || video.error) {
            return;
        }
        const data = queue.shift();
        if (data) {
            buffer.appendBuffer(data);
            state.appended++;
            lastAppend = performance.now();
        } else if (video.buffered.length > 0 && video.currentTime - video.buffered.start(0) > 20) {
            buffer.remove(0, video.currentTime - 10);
        }
    };
    let lastAppend = 0;
    // At the edge: a page that was away, or a gap, goes on at what is newest.
    const follow = () => {
        const last = video.buffered.length - 1;
        if (last < 0) {
            return;
        }
        const [begin, end] = [video.buffered.start(last), video.buffered.end(last)];
        if (label.includes('playback')) {
            if (video.currentTime < begin || video.currentTime > end) {
                video.currentTime = begin; // from where it begins, or was sought
            }
        } else if (video.currentTime < begin || end - video.currentTime > 0.6) {
            video.currentTime = Math.max(begin, end - 0.1);
        }
        if (video.paused) {
            void video.play().catch(() => undefined);
        }
    };
    live.onmessage = async ({ data }) => {
        if (typeof data === 'string') {
            const about = JSON.parse(data);
            state.texts.push(about);
            if (about.error) {
                return;
            }
            await opened;
            const type = about.mime;
            if (!buffer) {
                buffer = source.addSourceBuffer(type);
                buffer.addEventListener('updateend', () => { follow(); next(); });
            } else {
                buffer.changeType(type);
            }
            next();
            return;
        }
        state.messages++;
        state.bytes += data.byteLength;
        state.firstMs ||= performance.now() - begun;
        state.at.push(performance.now());
        if (queue.length > 600) {
            state.dropped += queue.length;
            queue = [];
        }
        queue.push(data);
        next();
    };
    live.onclose = () => { state.closed = 'closed'; };
    /** @param {number} kind @param {number} request @param {Uint8Array} payload @param {number} [about] */
    const frame = (kind, request, payload, about = 0) => {
        const out = new Uint8Array(8 + payload.length);
        const view = new DataView(out.buffer);
        view.setUint8(0, kind);
        view.setUint16(2, about);
        view.setUint32(4, request);
        out.set(payload, 8);
        return out;
    };
    const sendReport = () => {
        if (commands?.readyState !== 'open' || live.readyState !== 'open' || live.id === null) {
            return;
        }
        const payload = new Uint8Array(13);
        const view = new DataView(payload.buffer);
        const last = video.buffered.length - 1;
        view.setUint32(0, lastAppend);
        view.setUint32(4, last < 0 ? 0 : Math.max(0, video.buffered.end(last) - video.currentTime) * 1000);
        view.setUint32(8, state.dropped);
        view.setUint8(12, camera.hidden ? 0 : 1);
        commands.send(frame(3, 0, payload, live.id));
        state.reports++;
    };
    if (commands) {
        commands.onmessage = ({ data }) => {
            const view = new DataView(data);
            const text = new TextDecoder().decode(new Uint8Array(data, 8));
            const done = state.answers.get(view.getUint32(4));
            done?.({ kind: view.getUint8(0), text });
        };
    }
    let request = 0;
    const camera = {
        pc, live, commands, state, video, hidden: false, timer: /** @type {unknown} */ (0), sendReport,
        /** One command, its answer. @param {unknown} body @returns {Promise<{ kind: number, text: string }>} */
        ask: (body) =>
            new Promise((resolve) => {
                const text = typeof body === 'string' ? body : JSON.stringify(body);
                state.answers.set(++request, resolve);
                commands?.send(frame(1, request, new TextEncoder().encode(text)));
            }),
    };
    Object.assign(window, { camera });
    if (report) {
        camera.timer = setInterval(sendReport, 500);
    }
    const begun = performance.now();
    await pc.setLocalDescription();
    await new Promise((resolve) => {
        pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve(undefined);
        setTimeout(resolve, 2000);
    });
    const open = [{ id: 1, label }, ...(command ? [{ id: 2, label: 'action=command' }] : [])];
    const response = await fetch('/api/p2p/offer', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sdp: pc.localDescription?.sdp, ...(early && { open }) }),
    });
    const answer = await response.json();
    if (response.status !== 201) {
        throw new Error(`${response.status} ${JSON.stringify(answer)}`);
    }
    Object.assign(camera, { session: answer.session, answeredMs: performance.now() - begun });
    await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    return { session: answer.session, sdp: answer.sdp };
}

const html = '<!doctype html><title>camera</title><body><video muted playsinline></video></body>';

/**
 * Opens the page on the device.
 * @param {import('playwright-core').Page} page
 * @param {string} url of the device
 */
export async function openCamera(page, url) {
    await page.route(`${url}/watch`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await page.goto(`${url}/watch`);
}

/**
 * Watches. Left out: live of channel 0, with a command channel and reports, both in the offer.
 * @param {import('playwright-core').Page} page
 * @param {{ label?: string, command?: boolean, early?: boolean, report?: boolean }} [options]
 * @returns {Promise<{ session: number, sdp: string }>}
 */
export function watchCamera(page, { label = 'action=live&channel=0', command = true, early = true, report = true } = {}) {
    return page.evaluate(connect, { label, command, early, report });
}

/**
 * What the page has so far.
 * @param {import('playwright-core').Page} page
 */
export function looks(page) {
    return page.evaluate(() => {
        const { state, video, pc, live, commands } = Reflect.get(window, 'camera');
        const { texts, messages, bytes, appended, dropped, firstMs, reports } = state;
        return {
            texts, messages, bytes, appended, dropped, firstMs, reports,
            live: live.readyState, commands: commands?.readyState, connection: pc.connectionState,
            time: video.currentTime, width: video.videoWidth, error: video.error?.message ?? '',
        };
    });
}

/** Waits for a second in which nothing comes on the live channel. @param {import('playwright-core').Page} page @param {string} what */
export function stands(page, what) {
    return eventually(async () => {
        const { messages } = await looks(page);
        await sleep(1000);
        return (await looks(page)).messages === messages ? true : undefined;
    }, what);
}

/**
 * One command of the page, its answer.
 * @param {import('playwright-core').Page} page
 * @param {unknown} body
 * @returns {Promise<{ kind: number, text: string }>}
 */
export function ask(page, body) {
    return page.evaluate((what) => Reflect.get(window, 'camera').ask(what), body);
}
