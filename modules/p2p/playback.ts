/** Recordings of a channel as one playback, and what a viewer says while it runs. Pure. */
import { parseObject } from 'ocellus/app/config/json';
import { OcellusError } from 'ocellus/error';
import type { Accept, PlayControl } from 'ocellus/p2p';
import type { RecordingRow } from 'ocellus/plane';

/** Files of one playback at most. */
const filesMost = 64;
/** A recording is at most so long (`record.segmentMinutes`), and then some. */
const longestMs = 25 * 3_600_000;

/** Milliseconds since 1970 of a time as a viewer gives it: ISO 8601, or this number itself. */
export function instantOf(given: unknown, at: string): number {
    const text = typeof given === 'number' ? String(given) : given;
    const known = typeof text === 'string' ? text : '';
    const ms = /^\d{1,15}$/.test(known)
        ? Number(known)
        : /^\d{4}-\d\d-\d\dT/.test(known)
          ? Date.parse(known)
          : Number.NaN;
    if (!Number.isFinite(ms)) {
        throw new OcellusError(
            'INVAL',
            `${at}: ${JSON.stringify(given)?.slice(0, 60) ?? 'nothing'} is not allowed; use a time like 2026-11-21T02:51:00Z, or milliseconds since 1970`,
        );
    }
    return ms;
}

/** The `after` of a list that begins with the files in which the instant may be. */
export function afterOf(channel: string, instantMs: number): string {
    const from = new Date(Math.max(0, instantMs - longestMs)).toISOString().replace(/[-:]/g, '');
    return `recordings/${channel}/0_${from}_open.mp4`;
}

/** What is played. */
export interface Playback {
    readonly accept: Accept;
    /** The instant 0 of its time line, milliseconds since 1970. */
    readonly baseMs: number;
}

/** From the file that holds the instant, or the next one, on. `rows`: of one channel, in order of their beginnings. */
export async function playbackOf(
    rows: AsyncIterable<RecordingRow>,
    channel: string,
    instantMs: number,
): Promise<Playback> {
    const files: { readonly startMs: number; readonly path: string }[] = [];
    for await (const { start, end, path } of rows) {
        const over = end !== null && Date.parse(end) <= instantMs;
        if (start !== null && !over) {
            files.push({ startMs: Date.parse(start), path });
        }
        if (files.length === filesMost) {
            break;
        }
    }
    const baseMs = files[0]?.startMs;
    if (baseMs === undefined) {
        const when = new Date(instantMs).toISOString();
        throw new OcellusError(
            'NOENT',
            `no recording of channel ${JSON.stringify(channel.slice(0, 40))} from ${when} on`,
        );
    }
    return {
        baseMs,
        accept: {
            kind: 'playback',
            base: new Date(baseMs).toISOString(),
            atMs: Math.max(0, instantMs - baseMs),
            files: files.map(({ startMs, path }) => ({ offsetMs: Math.max(0, startMs - baseMs), path })),
        },
    };
}

/** What a viewer says on its channel: one of pause, resume, seek and speed. */
export function controlOf(text: string, baseMs: number | undefined): PlayControl {
    const body = parseObject(text, 'control');
    const [key = '', ...more] = Object.keys(body);
    if (more.length > 0) {
        throw new OcellusError('INVAL', 'control: one key at a time');
    }
    switch (key) {
        case 'pause':
        case 'resume':
            if (body[key] !== true) {
                throw new OcellusError('INVAL', `control: ${key}: true is needed`);
            }
            return key === 'pause' ? { pause: true } : { resume: true };
        case 'seek':
            if (baseMs === undefined) {
                throw new OcellusError('STATE', 'control: seek: the script was restarted: request the playback again');
            }
            return { seek: Math.max(0, instantOf(body.seek, 'seek') - baseMs) };
        case 'speed':
            if (typeof body.speed !== 'number') {
                throw new OcellusError('INVAL', 'control: speed: a number is needed');
            }
            return { speed: body.speed };
        default:
            throw new OcellusError(
                'INVAL',
                `control: ${key.slice(0, 40)}: unknown key; known are pause, resume, seek, speed`,
            );
    }
}
