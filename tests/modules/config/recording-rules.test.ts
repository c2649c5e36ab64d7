import { checkRecordedStream, isAlwaysRecorded, recordedStream } from 'ocellus/app/config/recording-rules';
import { defaultsOf } from 'ocellus/app/config/settings-shape';
import { SettingsError } from 'ocellus/app/config/schema';
import type { ChannelSettings } from 'ocellus/app/config/settings';
import { channelTable, settingsTable } from 'ocellus/app/config/settings-table';
import { assertEqual, assertThrows, test } from 'ocellus/test/harness';

type Cloud = Partial<Parameters<typeof recordedStream>[0]['cloud']>;
const base = defaultsOf(channelTable) as unknown as ChannelSettings;

/** The stream of a channel that has `sub` and records `own`. */
function streamOf(sub: string, own: 'main' | 'sub', cloud: Cloud): string {
    const channel = { ...base, name: 'front', sub, record: { ...base.record, stream: own } };
    const all = { channels: [channel], cloud: { ...defaultsOf(settingsTable).cloud, ...cloud } };
    return recordedStream(all, 'front');
}

test('[A6] a plan that names a stream has every channel record it; others, and no store, leave it as it is', () => {
    const endpoint = 'https://s3.example.com';
    assertEqual(streamOf('640x360', 'main', { endpoint, stream: 'sub' }), 'sub');
    assertEqual(streamOf('640x360', 'sub', { endpoint, stream: 'main' }), 'main');
    assertEqual(streamOf('640x360', 'main', { endpoint, stream: 'sub', plan: 'event' }), 'sub');
    for (const own of ['main', 'sub'] as const) {
        assertEqual(streamOf('640x360', own, { endpoint, stream: 'recorded' }), own);
        assertEqual(streamOf('640x360', own, { endpoint: '', stream: own === 'main' ? 'sub' : 'main' }), own);
    }
    assertEqual(streamOf('', 'main', { endpoint, stream: 'sub' }), 'main', 'there is no other');
    const { cloud } = defaultsOf(settingsTable);
    assertEqual(recordedStream({ channels: [], cloud: { ...cloud, endpoint, stream: 'sub' } }, 'gone'), 'main');
});

test('[E9] a channel without a sub stream cannot be set to record it', () => {
    const record = { ...base.record, stream: 'sub' } as const;
    assertThrows(() => checkRecordedStream({ record, sub: '' }, 'channels[0]'), {
        type: SettingsError,
    });
    checkRecordedStream({ record, sub: '640x360' }, 'channels[0]');
});

test('[A6] a channel is always recorded by mode continuous alone, and when anything is', () => {
    const { record } = defaultsOf(settingsTable);
    const always = (mode: ChannelSettings['record']['mode'], enabled = true): boolean =>
        isAlwaysRecorded(
            {
                channels: [{ ...base, name: 'front', record: { ...base.record, mode } }],
                record: { ...record, enabled },
            },
            'front',
        );
    assertEqual([always('continuous'), always('continuous', false)], [true, false]);
    for (const mode of ['scheduled', 'event', 'scheduled-event', 'never'] as const) {
        assertEqual(always(mode), false, mode);
    }
    assertEqual(isAlwaysRecorded({ channels: [], record: { ...record, enabled: true } }, 'given'), true);
});
