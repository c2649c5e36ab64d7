/** How and until when a channel shall be recorded: by the settings, by hand, by the application. Pure. */
import type { Hours } from 'ocellus/app/base/hours';
import {
    channelNamed,
    isRecorded,
    longerMs,
    recordedForMs,
    recordedStream,
    recordPrerollSeconds,
} from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import { recordOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import type { RecordOptions, StreamName } from 'ocellus/plane';

/** A recording that the application has started, in place of what the settings want. */
export interface NamedRecording {
    readonly name: string;
    readonly stream: StreamName;
    /** Milliseconds of `Plane.now`; 0: none. */
    readonly endMs: number;
}

/** Whatever has a channel recorded. Times: milliseconds of `Plane.now`. */
export interface RecordingCauses {
    readonly settings: Settings;
    readonly nowMs: number;
    /** Milliseconds until the hours that hold now are over; 0: nobody knows the time; undefined: none hold. */
    readonly hoursLeft: (hours: readonly Hours[]) => number | undefined;
    /** End of the recording of a channel by hand; 0: none; undefined: it is not. */
    readonly manualEnd: (channel: string) => number | undefined;
    readonly named: ReadonlyMap<string, NamedRecording>;
}

/** End of what the settings and people want of a channel; 0: none; undefined: nothing. */
function endOf({ settings, nowMs, hoursLeft, manualEnd }: RecordingCauses, name: string): number | undefined {
    const channel = channelNamed(settings, name);
    const leftMs = isRecorded(settings.record) ? recordedForMs(channel, hoursLeft) : undefined;
    return longerMs(leftMs === undefined || leftMs === 0 ? leftMs : nowMs + leftMs, manualEnd(name));
}

/** Undefined: it shall not be recorded now. */
export function desiredRecording(causes: RecordingCauses, name: string): RecordOptions | undefined {
    const { settings, nowMs } = causes;
    const given = causes.named.get(name);
    const named = given !== undefined && (given.endMs === 0 || given.endMs > nowMs) ? given : undefined;
    const untilMs = named?.endMs ?? endOf(causes, name);
    if (untilMs === undefined || (untilMs !== 0 && untilMs <= nowMs)) {
        return undefined;
    }
    const record = recordOf<Omit<RecordOptions, 'stream' | 'untilMs'>>('record', [
        settingsTable.record,
        settings.record,
    ]);
    return {
        ...record,
        prerollMs: recordPrerollSeconds(settings.record) * 1000, // rings are made for it only then
        name: named?.name ?? record.name,
        stream: named?.stream ?? recordedStream(settings, name),
        untilMs,
    };
}
