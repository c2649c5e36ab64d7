// A picture that stands still is never called live, and moves again by itself: channels that are opened again, helpers that
// hang. In Chromium and in Firefox, by WebRTC and by HLS, on the page, in tiles, on a page of a link and in its player.
// OC_STILL_ROUNDS: how many reopenings (1), and at most 20 helpers; from 20 on how soon it moves is judged too.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep, start, temporary } from '../device.mjs';
import { openPage } from './browser.mjs';
import { openFirefox } from './firefox.mjs';
import { probed, stills } from './probe.mjs';
import { quantile } from './watching.mjs';

const rounds = Number(process.env['OC_STILL_ROUNDS'] ?? '1');
/** Nobody looks at a still picture under the badge for longer; measured while the page is awake. */
const BADGE_MS = 3000;
/** Nor at one that was shown before: by HLS a new player begins a second before the old one's end, once. */
const AGAIN_MS = 2000;

/** Processes that `ocellus` started for its inputs. @param {number | undefined} parent */
function helpers(parent) {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
        try {
            const [, name, rest] = /^\d+ \((.*)\) \S+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
            return name === 'ocellus-ffmpeg' && Number(rest) === parent;
        } catch {
            return false; // it has ended
        }
    });
}

/** @param {number[]} pids @param {NodeJS.Signals} signal */
function send(pids, signal) {
    for (const pid of pids) {
        try {
            process.kill(pid, signal);
        } catch {
            // it was replaced meanwhile
        }
    }
}

/**
 * A device, and a browser that shows a page of it.
 * @param {import('ava').ExecutionContext} t
 * @param {{ browser: 'chromium' | 'firefox', query?: string, link?: string, two?: boolean }} how link: page below a watch link
 */
async function begin(t, { browser, query = '', link, two = false }) {
    t.timeout(300_000 + rounds * 60_000);
    const data = temporary(t);
    const channels = [{ name: 'yard', input: 'test:?size=640x360' }, ...(two ? [{ name: 'door', input: 'test:?size=320x180' }] : [])];
    writeFileSync(path.join(data, 'settings.json'), JSON.stringify({ channels }));
    const { device } = start(t, ['--record', 'off'], { data });
    const url = await device.url();
    await eventually(async () => ((await device.json('/api/status')).channels.every((/** @type {any} */ one) => one.state === 'running' && one.video) ? true : undefined), 'the inputs run');
    /** @type {import('./probe.mjs').Seen[]} */
    let seen = [];
    const base = await probed(t, url, stills, (now) => {
        seen = now;
    });
    let place = query;
    if (link !== undefined) {
        const answer = await fetch(`${url}/api/links`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"channel":"yard","seconds":3600}' });
        place = `${(await answer.json()).page.slice(1)}${link}`;
    }
    /** @type {string[]} */
    let errors = [];
    if (browser === 'chromium') {
        const opened = await openPage(t);
        errors = opened.errors;
        await opened.page.goto(base + place);
    } else {
        openFirefox(t, base + place);
    }
    const pictures = two ? 2 : 1;
    /** All pictures move, the page says so, and they were drawn since. @param {string} what @returns {Promise<number>} after so many ms */
    const moves = async (what) => {
        const from = Date.now();
        await eventually(async () => (seen.length === pictures && seen.every(({ timeMs, live, stillMs }) => live && stillMs < 400 && timeMs !== undefined && ((timeMs - from) | 0) > 0) ? true : undefined), what);
        return Date.now() - from;
    };
    await moves('the picture moves');
    return { device, url, errors, moves, names: channels.map(({ name }) => name), seen: () => seen };
}

/** Opens a channel again, as a change of its input does. @param {any} device @param {string} name @param {number} round */
async function reopen(device, name, round) {
    const generation = async () => (await device.json('/api/status')).channels.find((/** @type {any} */ one) => one.name === name).generation;
    const before = await generation();
    const address = `${await device.url()}/api/channels/${name}`;
    await eventually(async () => {
        const response = await fetch(address, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ loop: round % 2 === 1 }) });
        if (!response.ok) throw new Error(await response.text()); // busy: again
        return true;
    }, `${name} has other settings`);
    await eventually(async () => ((await generation()) > before ? true : undefined), `${name} is open again`);
}

/** @param {import('ava').ExecutionContext} t @param {number[]} times */
function report(t, times) {
    t.log(`moves again after ${[0, 0.5, 1].map((q) => Math.round(quantile(times, q))).join(' / ')} ms (least, median, most of ${times.length})`);
    t.true(rounds < 20 || quantile(times, 0.5) <= 2000);
}

const ways = /** @type {const} */ ([
    { browser: 'chromium', what: 'the page by HLS', query: '?play=hls' },
    { browser: 'chromium', what: 'the page by WebRTC' },
    { browser: 'chromium', what: 'tiles by HLS', query: '?play=hls', two: true },
    { browser: 'chromium', what: 'the page of a link', link: '' },
    { browser: 'chromium', what: 'the player of a link', link: 'embed.html' },
    { browser: 'firefox', what: 'the page by HLS', query: '?play=hls' },
    { browser: 'firefox', what: 'the page by WebRTC' },
]);

for (const { what, ...how } of ways) {
    test.serial(`[E13] ${how.browser}, ${what}: opened again or with a helper that hangs, a still picture is never called live`, async (t) => {
        const { device, errors, moves, names, seen } = await begin(t, how);
        await sleep(8000); // what was opened again begins far from where it was
        /** @type {number[]} */
        const reopened = [];
        for (let round = 0; round < rounds; round++) {
            await Promise.all(names.map((name) => reopen(device, name, round)));
            reopened.push(await moves(`reopening ${round}: the picture moves`));
            await sleep(1000);
        }
        report(t, reopened);
        t.true(seen().every(({ worstMs }) => worstMs <= BADGE_MS), JSON.stringify(seen()));
        /** @type {number[]} */
        const back = [];
        for (let round = 0; round < Math.min(rounds, 20); round++) {
            const pids = helpers(device.process.pid);
            t.true(pids.length > 0);
            send(pids, 'SIGSTOP');
            await eventually(async () => {
                if (seen().every(({ live }) => !live)) return true;
                const more = helpers(device.process.pid).filter((pid) => !pids.includes(pid)); // one that hangs may be replaced
                send(more, 'SIGSTOP');
                pids.push(...more);
                throw new Error(JSON.stringify({ seen: seen(), pids }));
            }, 'no picture is called live');
            const shows = seen().map((one) => one.shows);
            await sleep(3000 * (1 + (round % 2)));
            if (helpers(device.process.pid).every((pid) => pids.includes(pid))) {
                t.deepEqual(seen().map((one) => one.shows), shows, 'and stays so while nothing comes');
            }
            send(pids, 'SIGCONT');
            back.push(await moves(`helper ${round}: the picture moves`));
            await sleep(1000);
        }
        report(t, back);
        t.log(`under the badge: still for ${Math.round(Math.max(...seen().map(({ worstMs }) => worstMs)))} ms at most, shown again for ${Math.round(Math.max(...seen().map(({ worstAgainMs }) => worstAgainMs)))} ms`);
        t.true(seen().every(({ worstMs, worstAgainMs }) => worstMs <= BADGE_MS && worstAgainMs <= AGAIN_MS), JSON.stringify(seen()));
        t.deepEqual(errors, []);
    });
}
