/** What a person enters about a camera, and what the device gets of it (docs/design/api.md). Pure. */
import { record, text } from '../json.js';

/** When a camera is recorded: those that are asked for; an entry of the settings may have others. */
export const recordModes = ['continuous', 'event', 'never'] as const;

/** As it stands in the fields. */
export interface CameraFields {
    readonly input: string;
    readonly user: string;
    /** Empty: none, or the one that the device has stays. */
    readonly password: string;
    readonly title: string;
    /** A word of `record.mode`. */
    readonly mode: string;
    /** Motion is looked for. */
    readonly motion: boolean;
}

/** An entry of `channels`, as the device shows it; its password is `***`. */
export type Entry = Readonly<Record<string, unknown>>;

/** What the fields show of an entry; undefined: of a new camera. */
export function fieldsOf(entry: Entry | undefined): CameraFields {
    const of = (key: string): string => text(entry?.[key]) ?? '';
    return {
        input: of('input'),
        user: of('user'),
        password: '',
        title: of('title'),
        mode: text(record(entry?.['record'])['mode']) ?? 'continuous',
        motion: entry === undefined || record(entry['motion'])['enabled'] === true,
    };
}

/** Whether an address has an option that the device could convert the sound by: that of a file, of HTTP or RTSP. */
export function canConvert(input: string): boolean {
    return /^(?:https?|rtsps?|file):/i.test(input.trim());
}

/** The address, and the options behind it. */
function optionsOf(input: string): [string, string[]] {
    const [address = '', ...rest] = input.trim().split('#');
    return [address, rest.join('#').split('&').filter((option) => option !== '')];
}

/** Whether the device makes AAC of the sound, which browsers play. */
export function converts(input: string): boolean {
    return optionsOf(input)[1].includes('sound=aac');
}

/** The address with that, or without it. */
export function converting(input: string, on: boolean): string {
    const [address, options] = optionsOf(input);
    const all = [...options.filter((option) => !option.startsWith('sound=')), ...(on ? ['sound=aac'] : [])];
    return all.length === 0 ? address : `${address}#${all.join('&')}`;
}

/** Whether the device has a password for it. */
export function hasPassword(entry: Entry | undefined): boolean {
    return (text(entry?.['password']) ?? '') !== '';
}

/** Without what stays as it is. */
function differing(fields: CameraFields, before: CameraFields): Entry {
    const { input, user, title, mode, motion } = fields;
    return {
        ...(input !== before.input && { input }),
        ...(user !== before.user && { user }),
        ...(title !== before.title && { title }),
        ...(mode !== before.mode && { record: { mode } }),
        // events need somebody who notices them
        ...(mode.includes('event') && motion !== before.motion && { motion: { enabled: motion } }),
    };
}

/** What the search of the network found: the address of its main stream, and of its smaller one. */
export interface Found {
    readonly address: string;
    readonly sub?: string;
}

/** A new camera: the body of `POST /api/channels`. What is empty is left to the device. found: its smaller stream comes along while the address is that. */
export function addOf(fields: CameraFields, found?: Found): Entry {
    const { password } = fields;
    const unset: CameraFields = { input: '', user: '', password: '', title: '', mode: 'continuous', motion: false };
    const sub = found?.address === fields.input ? found.sub : undefined;
    return { ...differing(fields, unset), ...(password !== '' && { password }), ...(sub !== undefined && { sub }) };
}

/** What was changed of an entry: the body of `PATCH /api/channels/NAME`; empty: nothing. Without a user there is no password. */
export function changeOf(fields: CameraFields, entry: Entry): Entry {
    const forgets = fields.password === '' && fields.user === '' && hasPassword(entry);
    return { ...differing(fields, fieldsOf(entry)), ...(fields.password !== '' ? { password: fields.password } : forgets && { password: '' }) };
}

/** The body of `POST /api/channels/test`; with the entry that it was, hidden parts are those of the device. */
export function testOf(fields: CameraFields, entry: Entry | undefined): Entry {
    const { input, user, password } = fields;
    const kept = password === '' && user !== '' && hasPassword(entry);
    return { ...(entry !== undefined && { name: entry['name'] }), input, ...(user !== '' && { user }), ...(password !== '' ? { password } : kept && { password: entry?.['password'] }) };
}

/** The address with the certificate that a refusal names trusted; undefined: it names none. */
export function trusting(input: string, problem: string): string | undefined {
    const [option] = /tlsFingerprint=[\w:]+/.exec(problem) ?? [];
    return option === undefined || input.includes(option) ? undefined : `${input}${input.includes('#') ? '&' : '#'}${option}`;
}
