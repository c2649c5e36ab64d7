/** Whether and when a camera is recorded, in words: by hand, and as the settings say. */
import { get } from '../api.js';
import { formatDuration, formatTime } from '../format.js';
import { each, fields, record, text } from '../json.js';
import type { Channel } from '../status.js';
import { t, word } from '../text.js';

/** How often the settings are read again. */
const REFRESH_MS = 30_000;

/** What the settings say of each camera: a word of `record.mode`, or `off`. */
export function parseModes(value: unknown): ReadonlyMap<string, string> | undefined {
    const settings = fields<Record<'channels' | 'record', unknown>>(value);
    const off = record(settings?.record)['enabled'] === false;
    const modes = each(settings?.channels, (entry): readonly [string, string] | undefined => {
        const [name, mode] = [text(record(entry)['name']), text(record(record(entry)['record'])['mode'])];
        return name === undefined || (mode === undefined && !off) ? undefined : [name, off ? 'off' : (mode ?? 'off')];
    });
    return settings && new Map(modes);
}

/** Reads them now and then. */
export class RecordModes {
    #modes: ReadonlyMap<string, string> = new Map();
    #readMs = 0;
    readonly #onChange: () => void;

    constructor(onChange: () => void) {
        this.#onChange = onChange;
    }

    /** Undefined: not known. */
    of(name: string): string | undefined {
        return this.#modes.get(name);
    }

    /** again: they were changed just now. */
    async refresh(again = false): Promise<void> {
        if (!again && Date.now() - this.#readMs < REFRESH_MS) {
            return;
        }
        this.#readMs = Date.now();
        const answer = await get('/api/settings', parseModes);
        if (answer.kind === 'ok') {
            this.#modes = answer.value;
            this.#onChange();
        }
    }
}

/** "by hand until you stop it, 2:05 so far"; nowMs: by the clock of the device. Undefined: nobody asked for it. */
export function manualText({ manual }: Pick<Channel, 'manual'>, nowMs: number | undefined): string | undefined {
    if (manual === undefined) {
        return undefined;
    }
    const { untilMs, sinceMs } = manual;
    const end = untilMs === undefined ? t('manualOpen') : t('manualUntil', { time: formatTime(untilMs) });
    return sinceMs === undefined || nowMs === undefined ? end : `${end}, ${t('manualSoFar', { time: formatDuration(Math.max(0, nowMs - sinceMs)) })}`;
}

/** In the table of a camera's state. mode: undefined: the settings are not known. */
export function recordingText(channel: Pick<Channel, 'manual' | 'recording' | 'recordingFailing'>, mode: string | undefined, nowMs: number | undefined): string {
    if (channel.recordingFailing) {
        return t('recordingFailing');
    }
    const when = manualText(channel, nowMs) ?? (mode === undefined ? undefined : word('recordMode', mode));
    if (when === undefined) {
        return t(channel.recording ? 'on' : 'off');
    }
    // said where somebody expects it
    const absent = channel.manual !== undefined || mode === 'continuous' ? ` · ${t('notRecording')}` : '';
    return `${when}${channel.recording ? ` · ${t('stillOpen')}` : absent}`;
}
