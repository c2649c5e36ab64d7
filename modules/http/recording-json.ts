/** A file of a recording, as people get it. Pure. */
import { type Titles, titleOf } from 'ocellus/app/config/names';
import type { RecordingJson } from 'ocellus/app/http/api-types';
import type { RecordingRow } from 'ocellus/plane';

/** `channels`: those of the settings. */
export function recordingJson(row: RecordingRow, channels: Titles): RecordingJson {
    const { path, ...rest } = row;
    return { ...rest, channelTitle: titleOf(channels, row.channel), path: `/${path}` };
}
