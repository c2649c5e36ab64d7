/** What a change makes of the stored document: one channel, or everything else. Pure. */
import { ConflictError } from 'ocellus/app/base/conflict';
import { isObject, type JsonObject, mergePatch } from 'ocellus/app/config/json';
import { proposalFor } from 'ocellus/app/config/address';
import { withCameraRenamed } from 'ocellus/app/config/modes';
import { nameFromTitle, nameInputs } from 'ocellus/app/config/names';
import { withOwnSecrets } from 'ocellus/app/config/own-settings';
import { withTurnSecrets } from 'ocellus/app/config/p2p-settings';
import { redactUrl } from 'ocellus/app/config/redact';
import { SettingsError } from 'ocellus/app/config/schema';
import {
    addressKeys,
    channelDefaults,
    channelSchema,
    type ChannelSettings,
    type FileChannel,
    fileSchema,
    type Settings,
} from 'ocellus/app/config/settings';
import { complete, hiddenText, withHidden } from 'ocellus/app/config/settings-shape';
import type { Group } from 'ocellus/app/config/settings-entry';
import { channelTable, settingsTable } from 'ocellus/app/config/settings-table';
import { checkPatch, leaves } from 'ocellus/app/config/stored';
import { OcellusError } from 'ocellus/error';

/**
 * Addresses that come back as they were shown keep what was hidden in them. Others with the mark of a hidden part are
 * refused: that part is missing.
 */
function withSecrets(channel: JsonObject, before: JsonObject | undefined, at = '', isPatch = false): JsonObject {
    checkKept(channel, before, at, isPatch);
    for (const [key, value] of Object.entries(channel)) {
        const proposal = addressKeys.includes(key) && typeof value === 'string' ? proposalFor(value) : undefined;
        if (proposal !== undefined && before?.[key] !== value) {
            const [place, shown] = [`${at}${key}`, JSON.stringify(redactUrl(proposal))];
            throw new SettingsError(
                `${place}: without rtsp:// or http:// this is a file; try ${shown}, with the path of the camera's manual`,
                place,
                proposal,
            );
        }
    }
    return withHidden(channelTable, channel, before, at);
}

function hostOf(address: unknown): string {
    return /^[^/?#]*\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(String(address ?? ''))?.[1]?.toLowerCase() ?? '';
}

/**
 * A password that is kept without being given leads nowhere but to the hosts that it was given for. `isPatch`: one that is
 * left out is kept too.
 */
function checkKept(channel: JsonObject, before: JsonObject | undefined, at: string, isPatch: boolean): void {
    const { password } = channel;
    const keeps = password === hiddenText || (isPatch && password === undefined);
    if (!keeps || before === undefined || (before.password ?? '') === '') {
        return;
    }
    // a name: of a list
    const known = ['', ...addressKeys.map((key) => hostOf(before[key]))];
    // a name: of a list
    if (addressKeys.some((key) => !known.includes(hostOf(channel[key])))) {
        const place = `${at}password`;
        throw new SettingsError(`${place}: give it again: the address leads to another host`, place);
    }
}

/** The stored list with a name for each; without one, the channels in force. */
function channelsOf(document: JsonObject, settings: Settings): readonly JsonObject[] {
    const stored = document.channels;
    if (!Array.isArray(stored)) {
        return settings.channels as unknown as readonly JsonObject[];
    }
    const given = stored.filter(isObject);
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
    const names = nameInputs(given.map(({ name, input }) => ({ name: text(name), input: text(input) ?? '' })));
    return given.map((channel, index) => ({ ...channel, name: names[index] }));
}

function replaced(document: JsonObject, channels: readonly JsonObject[]): JsonObject {
    return { ...document, channels };
}

function checkName(channels: readonly JsonObject[], name: unknown): void {
    if (channels.some((other) => other.name === name)) {
        throw new ConflictError('EXIST', `name: "${String(name)}" is not allowed: another channel has it`, 'name');
    }
}

/** With one more channel, at the end. */
export function addChannel(channel: JsonObject, limit: number) {
    checkPatch(channelSchema, channel);
    return (document: JsonObject, settings: Settings): JsonObject => {
        const channels = channelsOf(document, settings);
        if (channels.length >= limit) {
            throw new ConflictError('RANGE', `channels: ${channels.length} exist; that is the maximum`, 'channels');
        }
        const added = withSecrets(mergePatch({}, channel) as JsonObject, undefined);
        if (typeof added.input !== 'string') {
            throw new SettingsError('input: missing; give a path or an address', 'input');
        }
        const name =
            added.name ?? nameFromTitle(String(added['title'] ?? ''), new Set(channels.map((other) => other.name)));
        checkName(channels, name);
        const all = [...channels, name === undefined ? added : { ...added, name }];
        return replaced(document, channelsOf({ channels: all }, settings));
    };
}

/** A channel that is tried and not stored: what was hidden of one in force of its name is filled in. */
export function testedChannel(given: JsonObject, { channels }: Settings): ChannelSettings {
    checkPatch(channelSchema, given);
    const before = (channels as unknown as readonly JsonObject[]).find(({ name }) => name === given.name);
    const channel = withSecrets(mergePatch({}, given) as JsonObject, before);
    if (typeof channel.input !== 'string') {
        throw new SettingsError('input: missing; give a path or an address', 'input');
    }
    return { ...complete(channelTable, channel as FileChannel), ring: channelDefaults.ring } as ChannelSettings;
}

/** Of the list, the one of this name. */
function find(channels: readonly JsonObject[], name: string): JsonObject {
    const found = channels.find((channel) => channel.name === name);
    if (found === undefined) {
        throw new OcellusError('NOENT', `the settings have no channel named "${name.slice(0, 40)}"`);
    }
    return found;
}

/** With one channel changed by a merge patch (RFC 7386); its place stays. */
export function patchChannel(name: string, patch: JsonObject) {
    checkPatch(channelSchema, patch);
    if (patch.name === null || patch.input === null) {
        const key = patch.name === null ? 'name' : 'input';
        throw new SettingsError(`${key}: null is not allowed: a channel has one`, key);
    }
    return (document: JsonObject, settings: Settings): JsonObject => {
        const channels = channelsOf(document, settings);
        const before = find(channels, name);
        const after = mergePatch(before, withSecrets(patch, before, '', true)) as JsonObject;
        if (after.name !== name) {
            checkName(channels, after.name);
        }
        return replaced(
            withCameraRenamed(document, name, String(after.name)),
            channels.map((channel) => (channel === before ? after : channel)),
        );
    };
}

/** Without one channel; an empty list stays, so that no other channels come in its place. */
export function removeChannel(name: string) {
    return (document: JsonObject, settings: Settings): JsonObject => {
        const channels = channelsOf(document, settings);
        const gone = find(channels, name);
        return replaced(
            withCameraRenamed(document, name, undefined),
            channels.filter((channel) => channel !== gone),
        );
    };
}

/** Everything but channels, changed by a merge patch; and the keys that it names. */
export function patchSettings(
    patch: JsonObject,
    own: Group = {},
): {
    keys: string[];
    make: (document: JsonObject, settings: Settings) => JsonObject;
} {
    if (Object.hasOwn(patch, 'channels')) {
        throw new SettingsError('channels: are changed one by one: /api/channels', 'channels');
    }
    checkPatch(fileSchema(1, own), patch);
    const make = (document: JsonObject, settings: Settings): JsonObject =>
        mergePatch(
            document,
            withHidden(settingsTable, withTurnSecrets(withOwnSecrets(patch, settings.app), settings.p2p), settings),
        ) as JsonObject;
    return { keys: leaves(patch), make };
}

/** A whole document in place of what is stored: nothing in it may be unknown. */
export function importSettings(given: JsonObject, channelsMax: number, own: Group = {}) {
    const schema = fileSchema(channelsMax, own);
    schema.read(given, '');
    return (document: JsonObject): JsonObject => {
        const own = withTurnSecrets(withOwnSecrets(given, document.app), document.p2p);
        const whole = withHidden(settingsTable, own, document);
        if (!Array.isArray(given.channels)) {
            return whole;
        }
        const before = Array.isArray(document.channels) ? document.channels.filter(isObject) : [];
        const channels = given.channels.filter(isObject).map((channel, index) => {
            const same = before.find(({ name }) => name !== undefined && name === channel.name);
            return withSecrets(channel, same, `channels[${index}].`);
        });
        return replaced(whole, channels);
    };
}
