/** Puts changed settings in force while everything runs. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { SettingsStore } from 'ocellus/app/config/settings-store';
import type { Settings } from 'ocellus/app/config/settings';
import type { DesiredState } from 'ocellus/app/system/desired';
import { showOn } from 'ocellus/app/system/indicator';
import type { Privacy } from 'ocellus/app/system/privacy';
import type { Viewers } from 'ocellus/app/p2p/viewers';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';

/** What follows the settings. */
export interface Followers {
    readonly settingsStore: SettingsStore;
    readonly desired: Pick<DesiredState, 'apply'>;
    readonly privacy: Privacy;
    readonly viewers: Pick<Viewers, 'follow'>;
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

/** From now on. The function returned gives the work of the last change: the channels it opens again. */
export function followSettings(
    { host, plane }: { readonly host: Pick<HostApi, 'setLogLevel'>; readonly plane: Pick<PlaneApi, 'useLed'> },
    { settingsStore, desired, privacy, viewers }: Followers,
): () => Promise<readonly string[]> {
    let last: Promise<readonly string[]> = Promise.resolve([]);
    const follow = async (): Promise<readonly string[]> => {
        await privacy.follow(); // before a channel is opened
        return await desired.apply();
    };
    settingsStore.on('changed', ({ before, now }) => {
        useLog(host, now);
        void showOn(plane, now, before);
        void viewers.follow(before.p2p, now.p2p);
        last = follow();
    });
    return () => last;
}
