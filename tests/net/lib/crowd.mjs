// Many viewers of an `ocellus-peer` in one process (tests/net/crowd), any of which may be ended, stopped or moved.
import { createInterface } from 'node:readline';
import { built } from './run.mjs';

/** @typedef {{ id: number, frames: number, gaps: number, p50: number, p99: number, most: number }} Mark ages in microseconds */
/** @typedef {(sdp: string) => Promise<{ status: number, body: string }>} Post posts an offer to the camera */

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The program and its arguments. @param {{ loopback?: boolean }} [options] */
export function crowdArgv({ loopback = false } = {}) {
    return [built('net_crowd'), ...(loopback ? ['--loopback'] : [])];
}

/** A crowd that runs. */
export class Crowd {
    /** @type {Map<number, string[]>} what each viewer was, in turn */
    #states = new Map();
    /** @type {{ id: number, sdp: string }[]} offers that nobody has carried yet */
    #offers = [];
    /** @type {Mark[][]} */
    #marks = [];
    #said = '';
    #ended = false;

    /**
     * @param {import('node:child_process').ChildProcessWithoutNullStreams} child of crowdArgv
     * @param {Post} post
     */
    constructor(child, post) {
        this.child = child;
        this.post = post;
        child.stderr.setEncoding('utf8').on('data', (part) => {
            this.#said += part;
        });
        child.on('close', () => {
            this.#ended = true;
        });
        child.stdin.on('error', () => {}); // it was killed
        createInterface({ input: child.stdout }).on('line', (line) => {
            const told = JSON.parse(line);
            if (told.offer) {
                this.#offers.push({ id: told.offer, sdp: told.sdp });
            } else if (told.mark) {
                this.#marks.push(told.mark);
            } else {
                this.#states.set(told.id, [...(this.#states.get(told.id) ?? []), told.state]);
            }
        });
    }

    /**
     * @template T
     * @param {() => T | undefined | false} look
     * @param {string} what
     * @param {number} seconds
     * @returns {Promise<T>}
     */
    async until(look, what, seconds) {
        for (const end = Date.now() + seconds * 1000; ; await sleep(10)) {
            const found = look();
            if (found) {
                return found;
            }
            if (this.#ended || Date.now() > end) {
                throw new Error(`${what}: not within ${seconds} s${this.#ended ? ', it ended' : ''}; ${this.#said.slice(-300)}`);
            }
        }
    }

    /** How many are in that state now. @param {string} state */
    count(state) {
        return [...this.#states.values()].filter((all) => all.at(-1) === state).length;
    }

    /** The states that a viewer went through. @param {number} id */
    states(id) {
        return this.#states.get(id) ?? [];
    }

    /**
     * More viewers. One that is refused because too many are not up yet asks again.
     * @param {number} count
     * @param {string} label of the channel each opens; "-": none
     * @param {{ atOnce?: number, seconds?: number }} [options] atOnce: offers that are under way at a time
     * @returns {Promise<number[]>} their ids, when all are up
     */
    async join(count, label, { atOnce = 16, seconds = 30 } = {}) {
        this.child.stdin.write(`new ${count} ${label}\n`);
        /** @type {number[]} */
        const ids = [];
        const one = async () => {
            while (ids.length < count) {
                const offer = await this.until(() => ids.length >= count || this.#offers.shift(), 'an offer', seconds);
                if (offer === true) {
                    return;
                }
                ids.push(offer.id);
                const body = await this.#answer(offer.sdp, seconds);
                this.child.stdin.write(`answer ${offer.id} ${Buffer.byteLength(body)}\n${body}`);
                await this.until(() => this.#states.get(offer.id)?.includes('up'), `viewer ${offer.id}`, seconds);
            }
        };
        await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one));
        return ids;
    }

    /** @param {string} sdp @param {number} seconds @returns {Promise<string>} */
    async #answer(sdp, seconds) {
        for (const end = Date.now() + seconds * 1000; ; await sleep(20)) {
            const { status, body } = await this.post(sdp);
            if (status === 201) {
                return body;
            }
            if (status !== 503 || Date.now() > end) {
                throw new Error(`the offer was answered ${status}: ${body.trim()}`);
            }
        }
    }

    /** An offer of a viewer that is only made. @returns {Promise<string>} */
    async offer() {
        this.child.stdin.write('new 1 -\n');
        return (await this.until(() => this.#offers.shift(), 'an offer', 10)).sdp;
    }

    /** What came since the last mark, of each viewer. */
    async mark() {
        this.child.stdin.write('mark\n');
        return this.until(() => this.#marks.shift(), 'a mark', 20);
    }

    /** Goes with a goodbye. @param {number} [id] none: all of them */
    leave(id = 0) {
        this.child.stdin.write(`close ${id}\n`);
    }
}

/** The one in the middle. @param {readonly number[]} values */
export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
