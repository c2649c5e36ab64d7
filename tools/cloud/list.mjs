// `ocellus cloud ls`: devices, channels, days and hours of footage in a store.
import { lengthOf, plain, table } from '../update/query.mjs';
import { each } from './footage.mjs';
import { Damaged } from './index-file.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */
/** @typedef {import('./footage.mjs').Footage} Footage */
/** @typedef {{ segments: number, bytes: number, durationMs: number, events: number, ended: boolean }} Sums */
/** @typedef {Sums & { hour: string, encrypted: boolean }} HourSums encrypted: something in it is */

const atOnce = 8;

/** @param {import('./index-file.mjs').Hour} hour */
const sumsOf = ({ segments, events, ended }) => ({
    segments: segments.length,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    durationMs: segments.reduce((sum, { durationMs }) => sum + durationMs, 0),
    events: events.length,
    ended,
    encrypted: segments.some(({ keyId }) => keyId !== ''),
});

/** Hours of a day; an index that is damaged is a line on stderr. @param {Footage} footage @param {string} device @param {string} channel @param {string} day @param {(problem: string) => void} note */
async function hoursOf(footage, device, channel, day, note) {
    const folder = footage.folder(device, channel, day);
    /** @type {HourSums[]} */
    const rows = [];
    await each(await footage.hours(folder), atOnce, async (hour) => {
        try {
            const found = await footage.hour(device, channel, `${day}T${hour}`);
            if (found !== undefined) rows.push({ hour, ...sumsOf(found) });
        } catch (error) {
            if (!(error instanceof Damaged)) throw error;
            note(`${folder}${hour}.json: ${error.message}`);
        }
    });
    return rows.sort((a, b) => (a.hour < b.hour ? -1 : 1));
}

/** A day by its own index; what that has not yet is in its hours. @param {Footage} footage @param {string} device @param {string} channel @param {string} day @param {(problem: string) => void} note @returns {Promise<Sums>} */
async function dayOf(footage, device, channel, day, note) {
    const index = await footage.day(device, channel, day).catch((/** @type {unknown} */ error) => {
        if (!(error instanceof Damaged)) throw error;
        note(`${footage.folder(device, channel, day)}day.json: ${error.message}`);
        return undefined;
    });
    const hours = index?.ended ? index.hours : await hoursOf(footage, device, channel, day, note);
    const sum = (/** @type {'segments' | 'bytes' | 'durationMs' | 'events'} */ name) => hours.reduce((all, hour) => all + hour[name], 0);
    return { segments: sum('segments'), bytes: sum('bytes'), durationMs: sum('durationMs'), events: sum('events'), ended: index?.ended === true };
}

/** @param {Sums} sums */
const cells = ({ segments, bytes, durationMs, events, ended }) => [lengthOf(durationMs), `${(bytes / 1e6).toFixed(1)} MB`, `${segments} segments`, `${events} events`, ended ? '' : 'open'];

/** @param {Parsed} parsed @param {Footage} footage */
export async function ls(parsed, footage) {
    const [device, channel, day] = parsed.words;
    const isJson = parsed.is('json');
    let code = 0;
    const note = (/** @type {string} */ problem) => {
        console.error(`ocellus cloud: ${plain(problem)}`);
        code = 1;
    };
    /** @type {string[][]} */
    const lines = [];
    const show = (/** @type {Record<string, unknown>} */ row, /** @type {string[]} */ line) => {
        if (isJson) console.log(JSON.stringify(row));
        else lines.push(line.map(plain));
    };
    if (device === undefined) {
        for (const name of await footage.devices()) show({ device: name }, [name]);
    } else if (channel === undefined) {
        for (const name of await footage.channels(device)) show({ device, channel: name }, [name]);
    } else if (day === undefined) {
        const days = await footage.days(device, channel);
        /** @type {Map<string, Sums>} */
        const rows = new Map();
        await each(days, atOnce, async (one) => {
            rows.set(one, await dayOf(footage, device, channel, one, note));
        });
        for (const one of days) {
            const sums = /** @type {Sums} */ (rows.get(one));
            show({ device, channel, day: one, ...sums }, [one, ...cells(sums)]);
        }
    } else {
        for (const { hour, ...sums } of await hoursOf(footage, device, channel, day, note)) {
            show({ device, channel, hour: `${day}T${hour}Z`, ...sums }, [`${day}T${hour}Z`, ...cells(sums), sums.encrypted ? 'encrypted' : '']);
        }
    }
    if (lines.length > 0) table(lines);
    return code;
}
