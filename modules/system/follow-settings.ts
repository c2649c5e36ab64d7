/** Puts changed settings in force while everything runs. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { channelOptions } from 'ocellus/app/camera/channel-options';
import type { Cameras } from 'ocellus/app/camera/cameras';
import type { SettingsKeeper } from 'ocellus/app/config/keeper';
import { clipPrerollSeconds, recordedStream, recordPrerollSeconds } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import { showOn } from 'ocellus/app/system/indicator';
import type { Privacy } from 'ocellus/app/system/privacy';
import type { Viewers } from 'ocellus/app/p2p/viewers';
import type { Recorder } from 'ocellus/app/record/recorder';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { ChannelOptions } from 'ocellus/plane';

/** What follows the settings. */
export interface Followers {
    readonly keeper: SettingsKeeper;
    readonly recorder: Recorder;
    readonly cameras: Cameras;
    readonly privacy: Privacy;
    readonly viewers: Pick<Viewers, 'follow'>;
}

/** The channels that the settings want, as the media plane opens them. */
export function desiredChannels({ channels, live, record }: Settings): ChannelOptions[] {
    return channels.map((channel) =>
        channelOptions(channel, live, recordPrerollSeconds(record), clipPrerollSeconds(record, channel)),
    );
}

/** Lines of this level and above are logged from now on; of an application without `system` as they were. */
export function useLog(host: Pick<HostApi, 'setLogLevel'>, { log }: Settings): void {
    try {
        host.setLogLevel(log);
    } catch (error) {
        if (!(error instanceof OcellusError && error.code === 'DENIED')) {
            throw error;
        }
    }
}

/** Channels that are in both settings are to be recorded in another way. */
function recordsOtherwise(before: Settings, now: Settings): boolean {
    const stays = now.channels.filter(({ name }) => before.channels.some((channel) => channel.name === name));
    return (
        JSON.stringify(before.record) !== JSON.stringify(now.record) ||
        stays.some(({ name, record }) => {
            const was = before.channels.find((channel) => channel.name === name)?.record;
            const other = recordedStream(before, name) !== recordedStream(now, name);
            return other || JSON.stringify(was) !== JSON.stringify(record);
        })
    );
}

/** From now on. The function returned gives the work of the last change: the channels it opens again. */
export function followSettings(
    { host, plane }: { readonly host: Pick<HostApi, 'setLogLevel'>; readonly plane: Pick<PlaneApi, 'useLed'> },
    { keeper, recorder, cameras, privacy, viewers }: Followers,
): () => Promise<readonly string[]> {
    let last: Promise<readonly string[]> = Promise.resolve([]);
    async function follow(before: Settings, now: Settings): Promise<readonly string[]> {
        recorder.use(now.record);
        await privacy.follow(); // before a channel is opened
        const reopened = await cameras.apply(desiredChannels(now));
        if (recordsOtherwise(before, now)) {
            await cameras.rerun();
        }
        return reopened;
    }
    keeper.on('changed', ({ before, now }) => {
        useLog(host, now);
        void showOn(plane, now, before);
        void viewers.follow(before.p2p, now.p2p);
        last = follow(before, now);
    });
    return () => last;
}
