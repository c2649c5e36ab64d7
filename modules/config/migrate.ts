/** Stored settings of an earlier version, as this version reads them. Pure. */
import { fileOthersMax, isObject, type JsonObject, parseObject } from 'ocellus/app/config/json';
import { SettingsError } from 'ocellus/app/config/schema';

/** Own settings of an application and their version. */
export interface OwnMigration {
    /** A whole number from 1; 0: they have no versions. */
    readonly version: number;
    /** What version `from` stored, as this one reads it. */
    readonly migrate?: ((document: JsonObject, from: number) => unknown) | undefined;
}

/** The version of own settings, below `app`: no setting is called so. */
const ownKey = '_version';
/** The version of all others, at the top. */
const ourKey = '_version';

/** Steps of the program's own settings: entry n turns what version n stored into version n + 1. Only ever appended to. */
export const settingsMigrations: readonly ((document: JsonObject) => JsonObject)[] = [];

function versionOf(value: unknown): number {
    return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}

function ownMigrated(document: JsonObject, { version, migrate }: OwnMigration): JsonObject {
    const app = isObject(document['app']) ? document['app'] : {};
    const { [ownKey]: noted, ...own } = app;
    const from = versionOf(noted);
    if (version === 0 || from >= version) {
        return document;
    }
    let next: unknown = own;
    if (migrate !== undefined && Object.keys(own).length > 0) {
        try {
            next = migrate(own, from);
        } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            throw new SettingsError(
                `settings of the application: cannot go from version ${from} to ${version}: ${why}`,
            );
        }
    }
    if (!isObject(next)) {
        throw new SettingsError(`settings of the application: migrate gave no object for version ${from}`);
    }
    return { ...document, app: { ...next, [ownKey]: version } };
}

function oursMigrated(document: JsonObject, steps: typeof settingsMigrations): JsonObject {
    const from = versionOf(document[ourKey]);
    if (from >= steps.length) {
        return document;
    }
    return { ...steps.slice(from).reduce((value, step) => step(value), document), [ourKey]: steps.length };
}

/**
 * What is stored, brought to this version; the same text when it is that already, or is no JSON object. Throws
 * `SettingsError` when the application cannot: it does not start then.
 */
export function migrated(text: string | undefined, own: OwnMigration, steps = settingsMigrations): string | undefined {
    if (own.version === 0 && steps.length === 0) {
        return text;
    }
    let document: JsonObject;
    try {
        document = text === undefined ? {} : parseObject(text, 'settings.json', fileOthersMax);
    } catch {
        return text; // load.ts says why, and sets it aside
    }
    const next = ownMigrated(oursMigrated(document, steps), own);
    return next === document ? text : JSON.stringify(next);
}
