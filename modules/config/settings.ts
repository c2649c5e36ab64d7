/** The settings: their types and schemas, out of the table (docs/design/cli.md). */
import { list, object, type Schema } from 'ocellus/app/config/schema';
import { type OwnTree, redactedOwn } from 'ocellus/app/config/own-settings';
import { defaultsOf, fieldsOf, isTree, redactedBy, settingsOf } from 'ocellus/app/config/settings-shape';
import type { Given, Group, Values } from 'ocellus/app/config/settings-entry';
import { channelTable, settingsTable } from 'ocellus/app/config/settings-table';

/** Memory of a ring: by time, or exact. */
export type RingSize = { readonly seconds: number } | { readonly bytes: number };

/** One source. */
export interface ChannelSettings extends Omit<Values<typeof channelTable>, 'ring'> {
    readonly ring: RingSize;
}

/** Everything, complete and checked. */
export interface Settings extends Values<typeof settingsTable> {
    readonly channels: readonly ChannelSettings[];
    /** The application's own; left out: it has none. */
    readonly app?: OwnTree;
}

/** A channel as the file gives it. */
export type FileChannel = Given<typeof channelTable>;
/** What a settings file may say. */
export interface FileSettings extends Given<typeof settingsTable> {
    readonly channels?: readonly FileChannel[];
    readonly app?: OwnTree;
}

/** One channel of the file, and of `/api/channels`. */
export const channelSchema = object(fieldsOf(channelTable)) as Schema<FileChannel>;

const fields = fieldsOf(settingsTable);

/** The settings file, on a host with so many channels. `own`: the settings of the application. */
export function fileSchema(channelsMax: number, own: Group = {}): Schema<FileSettings> {
    const channels = list(channelSchema, channelsMax, 0);
    const app = object(fieldsOf(own), '.', true);
    return object({ channels, ...fields, app }, ': ') as Schema<FileSettings>;
}

/** Of a channel, in force when nothing is said. */
export const channelDefaults: Omit<ChannelSettings, 'name' | 'input'> = defaultsOf(channelTable);

/** The keys of a channel that hold an address. */
export const addressKeys: readonly string[] = settingsOf(channelTable)
    .filter(([, { secret }]) => secret)
    .map(([key]) => key);

/** A channel without secrets, for people. */
export function redactedChannel<T extends object>(channel: T): T {
    return redactedBy(channelTable, channel);
}

/** The settings, or a document of them, without secrets, for people. `own`: the settings of the application. */
export function redacted<T extends { readonly channels?: unknown; readonly app?: unknown }>(
    settings: T,
    own: Group = {},
): T {
    const { channels, app } = settings;
    return {
        ...redactedBy(settingsTable, settings),
        ...(isTree(app) && { app: redactedOwn(own, app) }),
        ...(Array.isArray(channels) && {
            channels: channels.map((channel: object | null) => channel && redactedChannel(channel)),
        }),
    };
}

/**
 * What is in force only after a restart of the program ("port", "http.login"). Everything else is applied at once;
 * `live`, the pre-rolls and what belongs to one channel by opening that channel again.
 */
export const restartKeys: readonly string[] = settingsOf(settingsTable)
    .filter(([, { restart }]) => restart)
    .map(([key]) => key);
