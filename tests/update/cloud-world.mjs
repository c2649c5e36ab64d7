// A strict store with footage of two days, and the tool that works with it.
import { serve } from '../e2e/store-orders.mjs';
import { S3Stub } from '../engine/s3-stub.mjs';
import { Camera, segmentMs } from './footage.mjs';
import { emptyFolder, ocellus } from './tools.mjs';

export const secrets = { AWS_ACCESS_KEY_ID: 'STUBKEY', AWS_SECRET_ACCESS_KEY: 'stub/secret+key', AWS_SESSION_TOKEN: '' };
export const dayMs = 86_400_000;
/** Three days ago, UTC. */
export const first = Math.floor(Date.now() / dayMs) * dayMs - 3 * dayMs;
export const day = new Date(first).toISOString().slice(0, 10);
export const next = new Date(first + dayMs).toISOString().slice(0, 10);
/** In an hour of that day. @param {number} hours @param {number} [ms] */
export const at = (hours, ms = 0) => first + hours * 3_600_000 + ms;
export const iso = (/** @type {number} */ ms) => new Date(ms).toISOString();

/** A store and the tool. @param {import('ava').ExecutionContext} t */
export async function world(t) {
    const store = new S3Stub();
    store.page = 7;
    const objects = /** @type {Map<string, import('./footage.mjs').Stored>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const folder = emptyFolder(t);
    const place = ['--endpoint', `http://127.0.0.1:${port}`, '--path-style', '--bucket', 'film', '--prefix', 'home'];
    /** @param {string} command @param {string[]} words @param {Record<string, string>} [env] */
    const tool = async (command, words = [], env = secrets) => {
        const result = await ocellus(folder, ['cloud', command, ...words, ...place], env);
        t.false(/stub.secret|STUBKEY|Signature=/.test(result.out + result.err), result.out + result.err);
        return result;
    };
    /** Lines of what must work. @param {string} command @param {string[]} words */
    const lines = async (command, ...words) => {
        const { code, out, err } = await tool(command, words);
        t.deepEqual([code, err], [0, ''], `${command} ${words.join(' ')}: ${out}`);
        return out.split('\n');
    };
    /** @param {string} command @param {string[]} words @returns {Promise<any[]>} */
    const rows = async (command, ...words) => (await lines(command, ...words, '--json')).map((line) => JSON.parse(line));
    return { store, objects, folder, place, tool, lines, rows, port };
}

/** Two days of two hours and a recording over midnight, with two events. @param {Map<string, import('./footage.mjs').Stored>} objects */
export function twoDays(objects) {
    const camera = new Camera(objects);
    camera.record(at(13), 5);
    camera.record(at(13, 60_000), 3);
    camera.record(at(24, -2 * segmentMs), 5);
    camera.record(at(40, -segmentMs), 3);
    camera.events.push({ id: 7, startMs: at(13, 61_000), endMs: at(13, 63_000) }, { id: 8, startMs: at(24, 1000), endMs: at(24, 3000) });
    camera.write();
    return camera;
}
