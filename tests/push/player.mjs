// A player of live HLS that keeps what it is given: each segment that a playlist names has to be there.
import { createHash } from 'node:crypto';
import { sleep } from '../e2e/device.mjs';

/** @typedef {{ name: string, init: string, number: number, bytes: Buffer, hash: string, isBreak: boolean, at: number }} Segment */
/** @typedef {{ status: number, body: Buffer }} Answer */

/** @param {Buffer} bytes */
export const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @param {string} text @param {string} tag */
const numberOf = (text, tag) => Number(new RegExp(`#EXT-X-${tag}:(\\d+)`).exec(text)?.[1]);

/** Plays until it is stopped. */
export class Player {
    /** In the order of their numbers. @type {Segment[]} */
    segments = [];
    /** @type {Map<string, Buffer>} */
    inits = new Map();
    /** What was out of order. @type {string[]} */
    problems = [];
    text = '';
    #get;
    #list;
    #lastSequence = 0;
    #isStopped = false;
    /** @type {Promise<void> | undefined} */
    #running;

    /** @param {(name: string) => Promise<Answer>} get @param {string} [list] */
    constructor(get, list = 'index.m3u8') {
        this.#get = get;
        this.#list = list;
    }

    start() {
        this.#running = this.#run();
    }

    async stop() {
        this.#isStopped = true;
        await this.#running;
    }

    async #run() {
        while (!this.#isStopped) {
            await this.look().catch(() => undefined); // the server is away
            await sleep(200);
        }
    }

    /** Reads the playlist, and whatever is new in it. */
    async look() {
        const { status, body } = await this.#get(this.#list);
        if (status !== 200) return;
        this.text = body.toString();
        const sequence = numberOf(this.text, 'MEDIA-SEQUENCE');
        if (sequence < this.#lastSequence) this.problems.push(`the sequence went from ${this.#lastSequence} to ${sequence}`);
        this.#lastSequence = sequence;
        let [init, isBreak] = ['', false];
        for (const line of this.text.split('\n')) {
            init = /#EXT-X-MAP:URI="(.*)"/.exec(line)?.[1] ?? init;
            isBreak ||= line === '#EXT-X-DISCONTINUITY';
            if (line === '' || line.startsWith('#')) continue;
            if (!this.segments.some(({ name }) => name === line)) await this.#fetch(line, init, isBreak);
            isBreak = false;
        }
    }

    /** @param {string} name @param {string} init @param {boolean} isBreak */
    async #fetch(name, init, isBreak) {
        for (const file of this.inits.has(init) ? [name] : [init, name]) {
            const { status, body } = await this.#get(file);
            if (status !== 200) this.problems.push(`${file}: HTTP ${status}`);
            if (file === init) this.inits.set(init, body);
            else this.segments.push({ name, init, number: Number(/-s(\d+)\./.exec(name)?.[1]), bytes: body, hash: hashOf(body), isBreak, at: Date.now() });
        }
    }

    /** Init segment and segments of a run without a break, as one file: the runs. @returns {Segment[][]} */
    runs() {
        /** @type {Segment[][]} */
        const runs = [];
        for (const segment of this.segments) {
            if (segment.isBreak || runs.length === 0) runs.push([]);
            runs.at(-1)?.push(segment);
        }
        return runs;
    }
}
