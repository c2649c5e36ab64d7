/** Commands that change what the camera does (docs/design/commands.md). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { cameraKeys, channelKeys, checkAllowed, shownOf } from 'ocellus/app/commands/allowed-settings';
import type { OwnCommand } from 'ocellus/app/commands/command-table';
import { patchChannel, patchSettings } from 'ocellus/app/config/change';
import { isObject, type JsonObject } from 'ocellus/app/config/json';
import type { SettingsStore } from 'ocellus/app/config/settings-store';
import { channelNamed } from 'ocellus/app/config/recording-rules';
import { recordByHand } from 'ocellus/app/http/record-api';
import { privacyJson } from 'ocellus/app/http/status';
import { type RecordNow, recordNowMax } from 'ocellus/app/record/record-now';
import type { Privacy } from 'ocellus/app/system/privacy';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';

/** What they work on. */
export interface DeviceServices {
    readonly plane: Pick<PlaneApi, 'updateState'>;
    readonly host: Pick<HostApi, 'now' | 'facts'>;
    readonly settingsStore: Pick<SettingsStore, 'edited' | 'change' | 'checkFixed'>;
    readonly privacy: Pick<Privacy, 'state' | 'command'>;
    readonly recordNow: Pick<RecordNow, 'begin' | 'end' | 'json'>;
    /** `HostApi.now` when the script began. */
    readonly begunMs: number;
    /** Ends the script, a moment later: the host starts the next. */
    readonly restart: () => Promise<void>;
}

/**
 * Milliseconds after its start before which an application is not restarted: three ends within 60 s each would take an
 * update back. One on trial, which takes 600 s at most, would fail.
 */
const [earliestMs, trialMs] = [60_000, 620_000];

async function settings({ settingsStore }: DeviceServices, { channel, change }: JsonObject): Promise<unknown> {
    const name = typeof channel === 'string' ? channel : undefined;
    const keys = name === undefined ? cameraKeys : channelKeys;
    if (isObject(change)) {
        checkAllowed(change, keys);
        if (name === undefined) {
            const { keys: changed, make } = patchSettings(change);
            settingsStore.checkFixed(changed);
            await settingsStore.change(make, undefined);
        } else {
            settingsStore.checkFixed(['channels']);
            await settingsStore.change(patchChannel(name, change), undefined);
        }
    }
    const { edited } = settingsStore;
    const of = name === undefined ? edited : channelNamed(edited, name);
    if (of === undefined) {
        throw new OcellusError('NOENT', `the settings have no channel named ${JSON.stringify(name)}`);
    }
    return { settings: shownOf(of, keys) };
}

/** Without its history, which is long. */
async function update({ plane }: DeviceServices): Promise<unknown> {
    const state = await plane.updateState();
    const known = ['name', 'version', 'state', 'trial', 'progress', 'available', 'lastFailure'] as const;
    const given = isObject(state) ? state : {};
    return Object.fromEntries(known.map((key) => [key, given[key] ?? null]));
}

async function restart({ host, begunMs, restart: end }: DeviceServices): Promise<void> {
    const earliest = host.facts.trial ? trialMs : earliestMs;
    const leftMs = earliest - (host.now() - begunMs);
    if (leftMs > 0) {
        const why = host.facts.trial ? 'it may be on trial' : 'it has just started';
        throw new OcellusError('STATE', `restart: ${why}: again in ${Math.ceil(leftMs / 1000)} s`);
    }
    await end();
}

/** Each with the right that it needs. */
export function deviceCommands(services: DeviceServices): { readonly [name: string]: OwnCommand } {
    const { privacy, recordNow } = services;
    return {
        settings: {
            meaning: 'Some settings of the camera, or of a channel: shows them, or changes them by a merge patch.',
            right: 'operate',
            arguments: { channel: { type: 'text', max: 31 }, change: { type: 'patch' } },
            run: (values) => settings(services, values),
        },
        privacy: {
            meaning: 'Begins or ends privacy mode; without "on" it shows it.',
            right: 'operate',
            arguments: { on: { type: 'flag' } },
            run: async ({ on }) =>
                privacyJson(on === undefined ? await privacy.state() : await privacy.command(on === true)),
        },
        record: {
            meaning:
                'Records a channel by hand, for so many seconds or until "now" is false; without "now" it shows it.',
            right: 'operate',
            arguments: {
                channel: { type: 'text', max: 31, required: true },
                now: { type: 'flag' },
                seconds: { type: 'whole', min: 0, max: recordNowMax },
            },
            run: async ({ channel, now, seconds }) =>
                now === undefined && seconds === undefined
                    ? recordNow.json(String(channel))
                    : await recordByHand(recordNow, String(channel), { now, seconds }),
        },
        update: {
            meaning: 'The version of the application, and how its update stands.',
            right: 'watch',
            arguments: {},
            run: () => update(services),
        },
        restart: {
            meaning: 'Starts the application again; recordings and viewers go on.',
            right: 'own',
            arguments: {},
            run: () => restart(services),
        },
    };
}
