/** A backup: the settings and who may log in, in one file under a password (docs/formats-storage.md, ADR 96). */
import { isObject, type JsonObject, mergePatch, parseObject, patchAt, valueAt } from 'ocellus/app/config/json';
import type { Loaded } from 'ocellus/app/config/load';
import { SettingsError } from 'ocellus/app/config/schema';
import { restartKeys } from 'ocellus/app/config/settings';
import { defaultsOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { leaves } from 'ocellus/app/config/stored';
import { AesGcm, base64 as toBase64, fromBase64, passwordKey, randomBytes } from 'ocellus/crypto';

/** Characters of the password, at least and at most. */
export const [passwordMin, passwordMax] = [10, 128];
/** Bytes of what is sealed: as base64 in JSON it fits into a body of `/api`, 48 KB. */
const plainMax = 32 * 1024;
/** Bytes of a file that is read. */
const fileMax = 47 * 1024;
/** What a key costs: 32 MB and some 0.2 s on a PC; as a login. */
const costs = { log2N: 15, r: 8, p: 3 } as const;
const format = 'ocellus-backup';
const version = 1;
/** Names in it that no part of the program knows, at most: it comes by network, and the engine keeps every name. */
export const othersMax = 32;
const [saltBytes, nonceBytes] = [16, 12];

/** Said of a file that cannot be read, whatever is wrong with it. */
const wrongPassword = 'the password is wrong, or the file was changed';
const noBackup = 'the file is no backup of Ocellus, or not a whole one';

/** What a backup holds. */
export interface Content {
    /** As it is stored, with secrets; without what belongs to the machine (`machineKeys`). */
    readonly settings: JsonObject;
    /** The file of users (docs/design/access.md); '': there were none. */
    readonly users: string;
}

/** What its head says, without a password. */
export interface Made {
    /** ISO time. */
    readonly made: string;
    /** Version of the program. */
    readonly from: string;
    /** Name of the device. */
    readonly device: string;
}

/** Top keys of what belongs to the machine: its addresses, ports, names and certificates, and how long it runs. */
export const machineKeys: readonly string[] = [...new Set(restartKeys.map((key) => key.split('.')[0] ?? ''))];

/** Without what belongs to the machine. */
export function withoutMachine(document: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(document).filter(([key]) => !machineKeys.includes(key)));
}

/**
 * What a new box needs to do the same: what is stored, and of the settings in force what stands in a settings file or on
 * the command line and is no default.
 */
export function portable({ stored, edited }: Pick<Loaded, 'stored' | 'edited'>): JsonObject {
    const { channels, app, ...others } = edited;
    const defaults = defaultsOf(settingsTable);
    const differing = leaves(others as unknown as JsonObject).filter(
        (place) => JSON.stringify(valueAt(others, place)) !== JSON.stringify(valueAt(defaults, place)),
    );
    let document: JsonObject = stored.document;
    for (const place of differing) {
        document = mergePatch(document, patchAt(place, valueAt(others, place))) as JsonObject;
    }
    return withoutMachine({
        ...document,
        channels: Array.isArray(document.channels) ? document.channels : channels,
        ...(app !== undefined && { app: { ...app, ...(isObject(document.app) ? document.app : {}) } }),
    });
}

function bytesOf(text: string): Uint8Array {
    return new TextEncoder().encode(text);
}

function checkPassword(password: string): void {
    if (password.length < passwordMin || password.length > passwordMax) {
        throw new SettingsError(`password: use ${passwordMin} to ${passwordMax} characters`, 'password');
    }
}

/** What the seal covers besides its content: the head, so that nobody changes it either. */
function head({ made, from, device }: Made, salt: string, nonce: string): Uint8Array {
    return bytesOf(JSON.stringify([format, version, made, from, device, costs, salt, nonce]));
}

/** The text of the file. Throws `SettingsError`: the password is too short, or it is too much for a file. */
export function sealBackup(content: Content, made: Made, password: string): string {
    checkPassword(password);
    const plain = bytesOf(JSON.stringify(content));
    if (plain.length > plainMax) {
        throw new SettingsError(`backup: ${plain.length} bytes of settings are too many; at most ${plainMax}`);
    }
    const [salt, nonce] = [toBase64(randomBytes(saltBytes)), randomBytes(nonceBytes)];
    const cipher = new AesGcm(passwordKey(bytesOf(password), fromBase64(salt), costs));
    const sealed = cipher.seal(nonce, plain, head(made, salt, toBase64(nonce)));
    cipher.close();
    const file = { format, version, ...made, scrypt: { ...costs, salt }, nonce: toBase64(nonce) };
    return JSON.stringify({ ...file, sealed: toBase64(sealed) });
}

function bytes(value: unknown, length?: number): Uint8Array {
    try {
        const read = fromBase64(String(value));
        if (length === undefined || read.length === length) {
            return read;
        }
    } catch {
        // said below
    }
    throw new SettingsError(noBackup, 'backup');
}

function textOf(value: unknown): string {
    if (typeof value !== 'string' || value.length > 64) {
        throw new SettingsError(noBackup, 'backup');
    }
    return value;
}

function fileOf(text: string): JsonObject {
    try {
        const file = text.length > fileMax ? {} : parseObject(text, 'backup', 16);
        if (file['format'] === format && Number.isInteger(file['version'])) {
            return file;
        }
    } catch (error) {
        if (!(error instanceof SettingsError)) {
            throw error;
        }
    }
    throw new SettingsError(noBackup, 'backup');
}

/** A line each: name, scrypt with its costs, salt, hash, maybe a right, or acts and cameras (docs/design/access.md). */
const userLine =
    /^[a-z0-9-]{1,31}:scrypt:1[0-7]:[1-8]:[1-4]:[\w-]{22}:[\w-]{43}(?::(?:watch|operate|[a-z,]+:(?:\*|[a-z0-9,-]+)))?$/;
/** Bytes of the file of users. */
const usersMax = 8191;

/** Names of the users; those of the file of users. Throws `SettingsError` when it is none, or nobody would own the camera. */
export function userNames(users: string): readonly string[] {
    const lines = users.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const names = lines.map((line) => line.split(':')[0] ?? '');
    const owned = lines.some((line) => /^admin:/.test(line) && line.split(':').length === 7);
    if (
        lines.length > 8 ||
        new Set(names).size < names.length ||
        users.length > usersMax ||
        !lines.every((line) => userLine.test(line)) ||
        (lines.length > 0 && !owned)
    ) {
        throw new SettingsError('backup: its users cannot be read', 'backup');
    }
    return names;
}

/** What a file holds. Throws `SettingsError`, one line for a person, for every other text and another password. */
export function openBackup(text: string, password: string): { readonly made: Made; readonly content: Content } {
    const file = fileOf(text);
    if (Number(file['version']) !== version) {
        throw new SettingsError(
            'the backup was made by a newer version of Ocellus: update this device first',
            'backup',
        );
    }
    const made = { made: textOf(file['made']), from: textOf(file['from']), device: textOf(file['device']) };
    const { salt, ...given } = (isObject(file['scrypt']) ? file['scrypt'] : {}) as JsonObject;
    if (JSON.stringify(given) !== JSON.stringify(costs)) {
        throw new SettingsError(noBackup, 'backup'); // others would be another version: nobody makes this device compute for long
    }
    const nonce = bytes(file['nonce'], nonceBytes);
    const sealed = bytes(file['sealed']);
    const cipher = new AesGcm(passwordKey(bytesOf(password), bytes(salt, saltBytes), costs));
    try {
        const plain = new TextDecoder().decode(
            cipher.open(nonce, sealed, head(made, String(salt), String(file['nonce']))),
        );
        const { settings, users } = parseObject(plain, 'backup', othersMax);
        if (!isObject(settings) || typeof users !== 'string') {
            throw new SettingsError(noBackup, 'backup');
        }
        userNames(users);
        return { made, content: { settings: withoutMachine(settings), users } };
    } catch (error) {
        throw error instanceof SettingsError ? error : new SettingsError(wrongPassword, 'password');
    } finally {
        cipher.close();
    }
}
