/** `ocellus settings export|import`: a script that prints or stores settings, and ends. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { importSettings } from 'ocellus/app/config/change';
import { fileOthersMax, type JsonObject, parseObject } from 'ocellus/app/config/json';
import { storeName } from 'ocellus/app/config/settings-store';
import { loadSettings } from 'ocellus/app/config/load';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted } from 'ocellus/app/config/settings';
import type { Group } from 'ocellus/app/config/settings-entry';
import { checkCanStart } from 'ocellus/app/system/can-start';
import { OcellusError } from 'ocellus/error';
import type { Facts, HostApi } from 'ocellus/host';

/** What a script is started for; undefined: to run the camera. */
export type SettingsTask = 'export' | 'export-secrets' | 'import' | undefined;

const tasks: readonly SettingsTask[] = ['export', 'export-secrets', 'import'];

/** From the option that the host adds. */
export function settingsTask({ options }: Pick<Facts, 'options'>): SettingsTask {
    const value = options.find(({ name }) => name === 'settings-task')?.value;
    return tasks.find((task) => task === value);
}

function storedDocument({ stored }: Pick<Facts, 'stored'>): JsonObject {
    return stored === undefined ? {} : parseObject(stored.text, stored.path, fileOthersMax);
}

async function importFrom(
    plane: Pick<PlaneApi, 'writeStore' | 'checkListen'>,
    host: HostApi,
    own: Group,
): Promise<void> {
    const { facts } = host;
    const { path, text } = facts.settings ?? { path: '', text: '' };
    try {
        const given = parseObject(text, path, fileOthersMax);
        let before: JsonObject = {};
        try {
            before = storedDocument(facts);
        } catch (error) {
            console.warn(`${error instanceof Error ? error.message : String(error)}; it is replaced`);
        }
        const content = JSON.stringify(importSettings(given, facts.limits.channels, own)(before), undefined, 4);
        const alone = { ...facts, options: [], settings: undefined, stored: { path: storeName, text: content } };
        const wanted = loadSettings(alone, host, true, own);
        const [problem] = wanted.problems;
        if (problem !== undefined) {
            throw new SettingsError(problem);
        }
        if (wanted.settings.live.targets.length > 0) {
            const { checkTargets } = await import('ocellus/app/live/push-rules');
            checkTargets(wanted.settings.live.targets);
        }
        if ((['listen', 'port', 'http'] as const).some((key) => Object.hasOwn(given, key))) {
            await checkCanStart(plane, wanted.settings);
        }
        await plane.writeStore(storeName, content, 'person');
    } catch (error) {
        const named = error instanceof SettingsError && !error.message.startsWith(`${path}: `);
        throw named ? new SettingsError(`${path}: ${error.message}`) : error;
    }
}

/** Throws `SettingsError` or `OcellusError`, one line for a person; nothing has changed then. */
export async function runSettingsTask(
    { plane, host }: { readonly plane: Pick<PlaneApi, 'writeStore' | 'checkListen'>; readonly host: HostApi },
    task: SettingsTask,
    own: Group,
): Promise<void> {
    if (task === 'import') {
        await importFrom(plane, host, own);
        return;
    }
    try {
        const document = storedDocument(host.facts);
        host.print(JSON.stringify(task === 'export' ? redacted(document, own) : document, undefined, 4));
    } catch (error) {
        throw error instanceof SettingsError ? new OcellusError('FORMAT', error.message) : error;
    }
}
