// The corpus: hand-written requests (requests.json), and those that are made of lists (generated.json). One entry is one connection.
import { readFileSync } from 'node:fs';

/**
 * What is sent and what must hold. Texts are bytes (latin1); {name} stands for what `fill` knows.
 * @typedef {object} Entry
 * @property {string} name
 * @property {readonly (string | readonly [string, number])[]} send a text, or a text so often
 * @property {readonly (string | readonly [string, number])[]} answers the statuses allowed for each request in turn ("200|4xx"), or the same so often.
 *   Fewer may come: the connection is closed then
 * @property {number} [least] answers that have to come; left out: 0
 * @property {boolean} [ends] where the request ends is in doubt: nothing behind it is answered
 * @property {readonly Partial<Echo>[]} [echo] what the application saw of each request in turn, where it was asked
 * @property {number} [reaches] requests for `/api/echo/{id}` that may reach the application; left out: none
 * @property {readonly ('tls' | 'proxied')[]} [on] left out: both
 * @property {boolean} [slow] a byte at a time
 * @property {number} [drip] a byte in so many milliseconds
 * @property {boolean} [half] our side is closed behind it
 * @property {boolean} [tail] false: no last request follows that asks for the end of the connection
 * @property {string} [defect] the known defect that it fails for; it is reported when it passes
 */

/** What the application says that it saw; of a header null: it must be absent, a list: any of these. @typedef {{ query: string, bytes: number, headers: Record<string, string | null | (string | null)[]> }} Echo */

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

/** @typedef {string | Record<string, string>} Marks a defect of all, or of those of a list that are named */

/** @param {Marks | undefined} marks @param {string} of */
const markOf = (marks, of) => {
    const defect = typeof marks === 'object' ? marks[of] : marks;
    return defect === undefined ? {} : { defect };
};

/** Every pair of requests on one connection, the second sent before the first is answered. @returns {Entry[]} */
function pairs() {
    const { methods, bodies, defect } = /** @type {{ methods: string[], bodies: string[], defect?: Marks }} */ (read('generated.json').pairs);
    const requests = methods.flatMap((method) => bodies.map((body) => ({ method, body })));
    const lengths = /** @type {Record<string, string>} */ ({ 'no body': '', 'an empty body': 'Content-Length: 0\r\n', 'a body': 'Content-Length: {inner.length}\r\n' });
    /** @param {{ method: string, body: string }} request @param {number} n @param {string} who */
    const text = ({ method, body }, n, who) =>
        `${method} /api/echo/{id}?n=${n} HTTP/1.1\r\n{${who}}{json}${lengths[body]}\r\n${body === 'a body' ? '{inner}' : ''}`;
    return requests.flatMap((first) =>
        requests.flatMap((second) =>
            ['owner', 'head'].map((who) => ({
                name: `${first.method} with ${first.body}, ${second.method} with ${second.body}, ${who === 'owner' ? 'of the owner' : 'of a stranger'}`,
                send: [text(first, 1, who) + text(second, 2, who)],
                answers: who === 'owner' ? ['200|4xx', '200|4xx'] : ['4xx', '4xx'],
                least: 1,
                reaches: who === 'owner' ? 2 : 0,
                echo: [{ query: 'n=1' }, { query: 'n=2' }],
                ...markOf(defect, second.body),
            })),
        ),
    );
}

/** @returns {Entry[]} */
function each() {
    const lists = /** @type {(Entry & { each: string[], defect?: Marks })[]} */ (read('generated.json').each);
    return lists.flatMap(({ each: values, defect, ...entry }) =>
        values.map((value) => {
            const put = (/** @type {string} */ text) => text.replaceAll('{each}', value);
            return { ...entry, name: put(entry.name), send: entry.send.map((part) => (typeof part === 'string' ? put(part) : part)), ...markOf(defect, value) };
        }),
    );
}

/** What the marks of entries mean. @type {Readonly<Record<string, string>>} */
export const defects = read('defects.json');

/** @type {Entry[]} */
export const entries = [...read('requests.json'), ...each(), ...pairs()];
