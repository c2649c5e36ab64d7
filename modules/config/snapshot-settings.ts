/** Settings of pictures that are sent once per interval: part of settings-table.ts. Pure. */
import { choice, text, whole } from 'ocellus/app/config/schema';
import type { Group } from 'ocellus/app/config/settings-entry';
import * as allowed from 'ocellus/app/config/settings-schemas';

/** Of all channels. */
export const snapshotTable = {
    target: {
        ...allowed.webAddress('https://example.com/{channel}.jpg, without user and password; cloud', {
            also: 'cloud|',
        }),
        default: '',
        meaning:
            'a picture of each channel is sent there once per interval ([snapshots.md](snapshots.md)): an address, with `{device}`, `{channel}`, `{time}` in it; `cloud`: the store of the cloud; `""`: nowhere',
    },
    intervalSeconds: {
        schema: whole(60, 86_400),
        default: 60,
        meaning: 'seconds between two pictures of a channel',
    },
    method: {
        schema: choice(['PUT', 'POST']),
        default: 'PUT',
        meaning: 'of the requests to an address',
    },
    authorization: {
        schema: text(/^[ -~]{0,500}$/, 'at most 500 characters of ASCII; "" for none'),
        default: '',
        meaning: 'header `Authorization` of the requests to an address, shown as `***`',
        hidden: true,
    },
    template: {
        schema: allowed.templateSchema,
        default: '',
        meaning: 'JSON with the picture in it as base64; `""`: the picture alone, a third smaller',
    },
    historyDays: {
        schema: whole(0, allowed.daysMax),
        default: 0,
        meaning: 'days that pictures stay in the store of the cloud; 0: the newest of each channel alone',
    },
} as const satisfies Group;
