// The impairment relay (tests/net/relay) between two namespaces.
import { createInterface } from 'node:readline';
import { built, says } from './run.mjs';

/**
 * @typedef {object} Impairment of both directions; what is absent is none
 * @property {number} [delayMs] one way
 * @property {number} [jitterMs] added, uniform; order is kept
 * @property {number} [lossPercent]
 * @property {number} [duplicatePercent]
 * @property {number} [reorderPercent] packets that stay behind, by up to reorderMs
 * @property {number} [reorderMs]
 * @property {number} [rateKbit]
 * @property {number} [queueMs] that may wait for the rate, default 200; more is lost
 * @property {0 | 1} [down] everything is lost
 */
/** @typedef {{ seen: number, bytes: number, lost: number, overflowed: number, duplicated: number, reordered: number, delivered: number }} Direction */

/** Property names of the program, in the order it wants them: the queue belongs to a rate. */
const properties = {
    delayMs: 'delay-ms',
    jitterMs: 'jitter-ms',
    lossPercent: 'loss-percent',
    duplicatePercent: 'duplicate-percent',
    reorderMs: 'reorder-ms',
    reorderPercent: 'reorder-percent',
    rateKbit: 'rate-kbit',
    queueMs: 'queue-ms',
    down: 'down',
};

/** @param {Impairment} impairment @returns {[property: string, value: string][]} */
function words(impairment) {
    for (const name of Object.keys(impairment)) {
        if (!(name in properties)) {
            throw new Error(`no impairment "${name}": ${Object.keys(properties).join(', ')}`);
        }
    }
    return Object.entries(properties).flatMap(([name, property]) => {
        const value = impairment[/** @type {keyof Impairment} */ (name)];
        return value === undefined ? [] : [/** @type {[string, string]} */ ([property, String(value)])];
    });
}

/**
 * Starts it; its devices are there when this resolves, without addresses.
 * @param {import('./namespaces.mjs').Namespaces} spaces
 * @param {readonly [name: string, device: string]} a
 * @param {readonly [name: string, device: string]} b
 * @param {Impairment} impairment
 * @param {{ seed?: number, mtu?: number }} [options]
 */
export async function startRelay(spaces, a, b, impairment, options = {}) {
    const argv = [built('net_relay'), spaces.full(a[0]), a[1], spaces.full(b[0]), b[1]];
    argv.push('--seed', String(options.seed ?? 1), '--mtu', String(options.mtu ?? 1500));
    for (const [property, value] of words(impairment)) {
        argv.push(`--${property}`, value);
    }
    const child = spaces.spawnHere(argv);
    await says(child, /^up$/m);
    /** @type {((line: string) => void)[]} */
    const waiting = [];
    createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
    /** @param {string} line @returns {Promise<string>} */
    const ask = (line) =>
        new Promise((resolve, reject) => {
            if (child.exitCode !== null || child.signalCode !== null) {
                reject(new Error('the relay has ended'));
                return;
            }
            child.once('close', () => reject(new Error('the relay ended')));
            waiting.push(resolve);
            child.stdin.write(`${line}\n`);
        });
    return {
        /** Changes properties; `side` "a" or "b": only of packets that enter there. @param {Impairment} change @param {'a' | 'b'} [side] */
        async set(change, side) {
            for (const [property, value] of words(change)) {
                const answer = await ask(`set ${side ? `${side}.` : ''}${property} ${value}`);
                if (answer !== 'ok') {
                    throw new Error(`relay: ${answer}`);
                }
            }
        },
        /** Packets since the start, by direction. @returns {Promise<{ a: Direction, b: Direction }>} */
        async stats() {
            return JSON.parse(await ask('stats'));
        },
    };
}
