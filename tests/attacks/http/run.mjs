// The corpus against one server. Entries go one after the other, so that a server that is dead is noticed behind the one that killed it.
import { setTimeout as sleep } from 'node:timers/promises';
import { judgeFrames, talkFrames } from './frames.mjs';
import { answersNext, judge, talk } from './talk.mjs';

/** @typedef {import('./corpus.mjs').Entry} HttpEntry */
/** @typedef {import('./frames.mjs').FrameEntry} FrameEntry */
/** @typedef {HttpEntry | FrameEntry} Entry */
/** @typedef {import('./talk.mjs').Target} Target */

/** An entry that lasts so long is waited for beside the next ones: the server closes it by its own time. */
const besideMs = 300;
/** Entries under way: fewer than the places that a server has for strangers. */
const max = 24;
/** Tries of an entry whose answer is 503: the script was not there. */
const tries = 60;
/** And of one whose connection was reset without any answer: what a server sent is lost when more bytes meet its closed side (RFC 9112, 9.6). */
const resets = 3;

/** Paths that reached the application since the last call. @param {Target} target @param {number} n @returns {Promise<string[]>} */
export async function reachedOf(target, n) {
    /** @type {HttpEntry} */
    const entry = { name: 'what was reached', send: ['GET /api/reached HTTP/1.1\r\n{owner}Connection: close\r\n\r\n'], answers: ['200'], tail: false };
    for (let left = tries; ; left--) {
        const { text } = await talk(target, entry, '', n);
        if (/^HTTP\/1\.1 200 /.test(text)) {
            return JSON.parse(text.slice(text.indexOf('['), text.lastIndexOf(']') + 1));
        }
        if (left === 0) {
            throw new Error(`what was reached: ${text}`);
        }
        await sleep(1000);
    }
}

/** Sends one entry. @param {Target} target @param {Entry} entry @param {() => string} name an id for each try: what one reached is counted by itself @param {number} n */
async function send(target, entry, name, n) {
    if ('steps' in entry) {
        return judgeFrames(target, entry, await talkFrames(target, entry, name(), n));
    }
    for (let left = tries; ; left--) {
        const got = await talk(target, entry, name(), n);
        const lost = got.text === '' && got.reset === true && left > tries - resets;
        if (left === 0 || !(lost || /^HTTP\/1\.1 503 /m.test(got.text))) {
            return judge(target, entry, got);
        }
        await sleep(1000);
    }
}

/**
 * Sends each entry and says what of it did not hold.
 * @template {Entry} E
 * @param {Target} target
 * @param {readonly E[]} entries
 * @param {{ first?: number, seconds?: number }} [options] first: number of the first entry; seconds: so long the next connection may wait
 * @returns {Promise<Map<E, string[]>>} ends behind the entry after which nobody is answered
 */
export async function attack(target, entries, { first = 0, seconds } = {}) {
    /** @type {Map<E, string[]>} */
    const found = new Map();
    /** @type {Map<string, E>} */
    const ids = new Map();
    /** @type {Set<Promise<void>>} */
    const under = new Set();
    const counts = new Map();
    const look = async () => {
        for (const path of await reachedOf(target, first)) {
            const [, inner = '', id = ''] = /^\/api\/echo\/(inner-)?(e\d+e)/.exec(path) ?? [];
            counts.set(inner + id, (counts.get(inner + id) ?? 0) + 1);
        }
    };
    for (const [at, entry] of entries.entries()) {
        const n = first + at;
        const name = () => {
            const id = `e${ids.size}e`;
            ids.set(id, entry);
            return id;
        };
        const one = send(target, entry, name, n).then((problems) => void found.set(entry, problems));
        const done = one.then(() => void under.delete(done));
        under.add(done);
        await Promise.race([done, sleep(besideMs)]);
        while (under.size >= max) {
            await Promise.race(under);
        }
        if (!(await answersNext(target, n, seconds))) {
            found.set(entry, [...(found.get(entry) ?? []), 'the next connection is not answered']);
            return found;
        }
        if (at % 50 === 49) {
            await look();
        }
    }
    await Promise.all(under);
    await look();
    for (const [id, entry] of ids) {
        const problems = found.get(entry) ?? [];
        if ((counts.get(id) ?? 0) > (entry.reaches ?? 0)) {
            problems.push(`${counts.get(id)} requests reached the application, at most ${entry.reaches ?? 0}`);
        }
        if (counts.has(`inner-${id}`)) {
            problems.push('a body became a request');
        }
    }
    return found;
}
