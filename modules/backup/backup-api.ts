/** `/api/backup`: the settings and the users in one file, and back (docs/design/api.md, ADR 96). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import {
    type Content,
    machineKeys,
    type Made,
    openBackup,
    othersMax,
    portable,
    sealBackup,
    userNames,
} from 'ocellus/app/backup/backup';
import { type JsonObject, parseObject, valueAt } from 'ocellus/app/config/json';
import { differences, type Make, type SettingsStore } from 'ocellus/app/config/settings-store';
import { recordingName } from 'ocellus/app/config/recording-rules';
import { SettingsError } from 'ocellus/app/config/schema';
import type { Settings } from 'ocellus/app/config/settings';
import type { RestoreJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import { Raw, type Router } from 'ocellus/app/http/router';
import { withDeadline } from 'ocellus/app/base/time';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { HttpRequest } from 'ocellus/http';

/** What the routes need. */
export interface BackupApiOptions {
    readonly plane: Pick<PlaneApi, 'readStore' | 'writeStore'>;
    readonly host: Pick<HostApi, 'facts' | 'clock'>;
    readonly settingsStore: SettingsStore;
    /** Stored settings of an earlier version, as this one reads them. */
    readonly migrated: (text: string) => string;
    /** What the last change set off: cameras may take long to open. */
    readonly applied: () => Promise<readonly string[]>;
}

/** Name of the store that has the users; a board has none. */
const usersStore = 'users';
/** The host answers for a script after 5 s. */
const applyMs = 3_000;

function fieldsOf<K extends string>(request: HttpRequest, known: readonly K[]): { readonly [key in K]: string } {
    parseQuery(request.query, []);
    const body = parseObject(request.text(), 'body');
    const other = Object.keys(body).find((key) => !known.some((one) => one === key));
    if (other !== undefined) {
        throw new SettingsError(`body: ${other.slice(0, 40)}: unknown key; known are ${known.join(', ')}`, '');
    }
    const read = known.map((key): [K, string] => {
        const { [key]: value } = body; // a name: one of `known`
        if (typeof value !== 'string') {
            throw new SettingsError(`${key}: missing; give a text`, key);
        }
        return [key, value];
    });
    // a name: one of `known`
    return Object.fromEntries(read) as { readonly [key in K]: string };
}

async function usersOf(plane: BackupApiOptions['plane']): Promise<string> {
    try {
        return (await plane.readStore(usersStore)) ?? '';
    } catch (error) {
        if (error instanceof OcellusError && error.code === 'NOTSUP') {
            return '';
        }
        throw error;
    }
}

/** Everything of the backup; what belongs to this machine stays. */
function restored(content: Content, migrated: BackupApiOptions['migrated']): Make {
    const text = migrated(JSON.stringify(content.settings));
    const settings = parseObject(text, 'backup', othersMax);
    return (document) => {
        const own = Object.entries(document).filter(([key]) => machineKeys.includes(key));
        return { ...settings, ...Object.fromEntries(own) };
    };
}

function channelsOf(before: Settings, now: Settings): RestoreJson['channels'] {
    const names = (settings: Settings): string[] => settings.channels.map(({ name }) => name);
    const [had, has] = [names(before), names(now)];
    const one = (settings: Settings, name: string): JsonObject =>
        (settings.channels.find((channel) => channel.name === name) ?? {}) as JsonObject;
    const differs = (name: string): boolean => differences(one(before, name), one(now, name)).length > 0;
    return {
        added: has.filter((name) => !had.includes(name)),
        changed: has.filter((name) => had.includes(name) && differs(name)),
        removed: had.filter((name) => !has.includes(name)),
    };
}

/** The routes, once each. */
export function backupRoutes(router: Router, options: BackupApiOptions): Router {
    const { plane, host, settingsStore, applied, migrated } = options;

    async function make(request: HttpRequest): Promise<Raw> {
        const { password } = fieldsOf(request, ['password']);
        const content = { settings: portable(settingsStore.loaded), users: await usersOf(plane) };
        const made: Made = {
            made: new Date(host.clock().wallMs).toISOString(),
            from: host.facts.version,
            device: recordingName(settingsStore.current),
        };
        const body = sealBackup(content, made, password);
        const name = `ocellus-backup-${made.device}-${made.made.slice(0, 10)}.json`;
        return new Raw({
            status: 200,
            headers: { 'content-type': 'application/json', 'content-disposition': `attachment; filename="${name}"` },
            body,
        });
    }

    /** Checked whole; nothing has changed. */
    async function check(request: HttpRequest): Promise<{ readonly shown: RestoreJson; readonly content: Content }> {
        const { backup, password } = fieldsOf(request, ['backup', 'password']);
        const { made, content } = openBackup(backup, password);
        const next = settingsStore.tried(restored(content, migrated));
        const before = settingsStore.edited;
        const users = userNames(content.users);
        const plain = ({ channels: _, ...others }: Settings): JsonObject => others as unknown as JsonObject;
        const shown: RestoreJson = {
            ...made,
            settings: differences(plain(before), plain(next.edited)),
            channels: channelsOf(before, next.edited),
            users: users.length > 0 && content.users !== (await usersOf(plane)) ? users : null,
            ignored: next.problems,
            fixed: settingsStore.fixed.filter((key) => isGiven(content.settings, key)),
        };
        return { shown, content };
    }

    async function restore(request: HttpRequest): Promise<RestoreJson> {
        const { shown, content } = await check(request);
        await settingsStore.change(restored(content, migrated), undefined);
        // last: with other users the session that asked may be over
        if (shown.users !== null) {
            await plane.writeStore(usersStore, content.users);
        }
        try {
            await withDeadline(applied(), applyMs, 'apply');
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'TIMEOUT')) {
                throw error;
            }
        }
        return shown;
    }

    return router
        .route('POST', '/api/backup', make)
        .route('POST', '/api/backup/check', async (request) => (await check(request)).shown)
        .route('POST', '/api/backup/restore', restore);
}

/** Whether a document says something of a key like "record.name". */
function isGiven(document: JsonObject, key: string): boolean {
    return valueAt(document, key) !== undefined;
}
