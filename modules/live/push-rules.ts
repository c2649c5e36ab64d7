/** Targets of live push (docs/design/live-push.md), as settings have them: checked, and their addresses filled in. Pure. */
import { pushesMax } from 'ocellus/app/config/push-settings';
import { redactUrl } from 'ocellus/app/config/redact';
import { choice, flag, object, refuse, type Schema, SettingsError, text, whole } from 'ocellus/app/config/schema';
import type { Given, Group, Values } from 'ocellus/app/config/settings-entry';
import { complete, fieldsOf, hiddenText } from 'ocellus/app/config/settings-shape';
import { isSigned, signWords } from 'ocellus/app/live/signed-link';

/** Bytes of an address with what is filled in: it travels to the media plane with a zero behind it. */
const filledMax = 1023;

const host = '(?:\\[[\\dA-Fa-f:.]{2,45}\\]|[\\w.-]{1,253})(?::\\d{1,5})?';
const address = new RegExp(`^(?:rtmps?|srt|https?|s3)://${host}(?:[/?]["$-~]{0,400})?$`);
const words = '{channel}, {name}, {number}, {device}';
/** What addresses have in braces; `{key}`: of the address that is pushed to. */
const known = /\{(?:channel|name|number|device)\}/g;

function checkBraces(value: string, at: string, also = ''): void {
    const rest = value.replace(known, '').replace(also, '');
    if (/[{}]/.test(rest)) {
        throw new SettingsError(`${at}: braces hold ${words}${also === '' ? '' : ` or ${also}`}, and nothing else`, at);
    }
}

/** Each with a line of its own, for these are the mistakes that people make. */
function addressProblem(value: string): string | undefined {
    const [, scheme, place = ''] = /^([a-z0-9+.-]+):\/\/([^/?#]*)/i.exec(value) ?? [];
    if (scheme === undefined || !/^(?:rtmps?|srt|https?|s3)$/.test(scheme)) {
        return 'a target begins with rtmp://, rtmps://, srt://, http://, https:// or s3://';
    }
    if (place.includes('@')) {
        return 'user and password do not stand in the address: give them as user and key';
    }
    if (scheme === 'srt' && !/:\d{1,5}$/.test(place)) {
        return 'srt:// needs a port, as srt://host:9000';
    }
    if (scheme.startsWith('rtmp') && !/^[a-z]+:\/\/[^/?#]+\/[^/?#]/.test(value)) {
        return 'rtmp:// needs the application behind the host, as rtmp://host/live';
    }
    if (/[?&](?:passphrase|streamid)=/.test(value)) {
        return 'passphrase and streamid do not stand in the address: give them as passphrase and key';
    }
    if (scheme === 'srt' && !/^srt:\/\/[^/?#]+\/?(?:\?(?:&?(?:latency|pbkeylen)=\d{1,5})*)?$/.test(value)) {
        return 'behind srt://host:port stand latency (milliseconds) and pbkeylen, and nothing else';
    }
    return address.test(value) ? undefined : 'no such address: a host, maybe :PORT, and at most 400 characters';
}

const urlSchema: Schema<string> = {
    allowed: 'an address like rtmp://host/live, srt://host:9000, https://host/folder/ or s3://bucket/folder',
    read(value, at) {
        const problem = typeof value === 'string' ? addressProblem(value) : '';
        if (typeof value !== 'string' || problem !== undefined) {
            const shown = typeof value === 'string' ? redactUrl(value) : value;
            throw problem ? new SettingsError(`${at}: ${problem}`, at) : refuse(at, shown, this.allowed);
        }
        checkBraces(value, at, '{key}');
        return value;
    },
};

const watchShape = text(/^(?:(?:https?|rtmps?|srt):\/\/[!"$-~]{1,400})?$/, 'an address for people; "" for none');

/** Where people watch. */
const watchSchema: Schema<string> = {
    allowed: watchShape.allowed,
    read(value, at) {
        const template = watchShape.read(value, at);
        checkBraces(template.replace(signWords, ''), at);
        return template;
    },
};

const watch = { schema: watchSchema, default: '' } as const;

const pushTargetTable = {
    name: { schema: text(/^[a-z0-9][a-z0-9-]{0,30}$/, '1 to 31 characters of a-z, 0-9 and -, not - first') },
    url: { schema: urlSchema },
    key: {
        schema: text(/^[!-~]{0,512}$/, 'the key as the service gave it, without spaces; "" for none', () => hiddenText),
        default: '',
    },
    passphrase: {
        schema: text(/^(?:[\w.~-]{10,79})?$/, '10 to 79 letters, digits, -, ., _ and ~; "" for none', () => hiddenText),
        default: '',
    },
    user: {
        schema: text(/^[!-9;-~]{0,128}$/, 'at most 128 characters without spaces and colons; "" for none'),
        default: '',
    },
    endpoint: {
        schema: text(new RegExp(`^(?:https?://${host})?$`), 'an address like https://s3.example.com; "" for none'),
        default: '',
    },
    region: {
        schema: text(/^[A-Za-z0-9-]{1,64}$/, 'letters, digits and hyphens, like us-east-1'),
        default: 'us-east-1',
    },
    account: {
        schema: text(/^[\w.@-]{0,64}$/, 'at most 64 letters, digits, -, ., _ and @; "" for none'),
        default: '',
    },
    stream: { schema: choice(['main', 'sub']), default: 'main' },
    watch: { rtmp: watch, hls: watch, flv: watch, page: watch },
    linkSecret: {
        schema: text(/^[!-~]{0,128}$/, 'at most 128 characters without spaces; "" for none', () => hiddenText),
        default: '',
    },
    linkSeconds: { schema: whole(1, 31_536_000), default: 3600 },
    audioOnly: { schema: flag(), default: false },
    pin: {
        schema: text(/^(?:(?:[\da-fA-F]{2}:?){31}[\da-fA-F]{2})?$/, 'a SHA-256 of 64 hexadecimal digits; "" for none'),
        default: '',
    },
} as const satisfies Group;

/** A target as settings have it, complete. */
export type PushTargetSettings = Values<typeof pushTargetTable>;

/** What an address becomes: with everything in braces but `{key}`. Every value stands in an address as it is. */
export interface FillNames {
    readonly channel: string;
    /** Of the target. */
    readonly name: string;
    /** Of the address (ADR 122). */
    readonly number: number;
    readonly device: string;
}

/** With what its braces name. */
export function filled(template: string, names: FillNames): string {
    return template.replace(/\{(channel|name|number|device)\}/g, (_, word: keyof FillNames) => String(names[word]));
}

/** The address with the key in it: where `{key}` stands, else behind it. Those of http and s3 have it elsewhere. */
export function withKey({ url, key, passphrase }: Pick<PushTargetSettings, 'url' | 'key' | 'passphrase'>): string {
    if (/^(?:https?|s3):/.test(url)) {
        return url;
    }
    const isSrt = url.startsWith('srt:');
    const given = isSrt ? encodeURIComponent(key).replace(/%7B/g, '{').replace(/%7D/g, '}') : key;
    const parts = url.split('{key}');
    let made = parts.join(given);
    const add = (word: string, value: string): void => {
        made += `${made.includes('?') ? '&' : '?'}${word}=${value}`;
    };
    if (parts.length === 1 && key !== '') {
        if (isSrt) {
            add('streamid', given);
        } else {
            made = `${made.replace(/\/$/, '')}/${given}`;
        }
    }
    if (passphrase !== '') {
        add('passphrase', passphrase);
    }
    return made;
}

/** As long as names are. */
const longest: FillNames = {
    channel: 'c'.repeat(31),
    name: 'n'.repeat(31),
    number: 4_294_967_295,
    device: 'd'.repeat(63),
};

/** What goes with which scheme. */
const only: readonly (readonly [keyof PushTargetSettings, RegExp, string])[] = [
    ['passphrase', /^srt:/, 'srt'],
    ['user', /^(?:https?|s3):/, 'http, https and s3'],
    ['endpoint', /^s3:/, 's3'],
    ['pin', /^(?:rtmps|https):/, 'rtmps and https'],
];

function checkTarget(target: PushTargetSettings, at: string): void {
    for (const [key, schemes, shown] of only) {
        if (target[key] !== '' && !schemes.test(target.url)) {
            throw new SettingsError(`${at}.${key}: goes with ${shown} only`, `${at}.${key}`);
        }
    }
    checkBraces(target.key, `${at}.key`);
    if (target.linkSecret === '' && Object.values(target.watch).some(isSigned)) {
        throw new SettingsError(`${at}.linkSecret: missing; {md5} and {hmac} are signed with it`, `${at}.linkSecret`);
    }
    if (target.url.startsWith('s3:') && (target.endpoint === '' || target.user === '' || target.key === '')) {
        const missing = target.endpoint === '' ? 'endpoint' : target.user === '' ? 'user' : 'key';
        throw new SettingsError(
            `${at}.${missing}: missing; s3:// needs endpoint, user (key ID) and key`,
            `${at}.${missing}`,
        );
    }
    if (/^rtmps?:/.test(target.url) && !/^\w+:\/\/[^/]+\/[^?]*[^/?]\/[^/?]/.test(withKey(target))) {
        throw new SettingsError(`${at}.key: missing; rtmp:// needs the stream key that the service gave`, `${at}.key`);
    }
    const bytes = filled(withKey(target), longest).length;
    if (bytes > filledMax) {
        throw new SettingsError(
            `${at}.url: with its key it has up to ${bytes} bytes; at most ${filledMax}`,
            `${at}.url`,
        );
    }
}

const shape = object(fieldsOf(pushTargetTable));

/** Complete and checked. */
function readTarget(value: unknown, at: string): PushTargetSettings {
    const target = complete(pushTargetTable, shape.read(value, at) as Given<typeof pushTargetTable>);
    for (const key of ['name', 'url'] as const) {
        // a name: one of two
        if (target[key] === undefined) {
            throw new SettingsError(`${at}.${key}: missing`, `${at}.${key}`);
        }
    }
    checkTarget(target, at);
    return target;
}

function checkName(targets: readonly PushTargetSettings[], name: string, at: string): void {
    if (targets.some((other) => other.name === name)) {
        throw new SettingsError(`${at}.name: "${name}" is not allowed: another target has it`, `${at}.name`);
    }
}

/** `live.targets`, checked. `problem`: is given each that is not allowed, which is left out. */
export function readTargets(
    given: readonly unknown[],
    problem: (error: SettingsError) => void,
): readonly PushTargetSettings[] {
    const targets: PushTargetSettings[] = [];
    for (const [index, value] of given.slice(0, pushesMax).entries()) {
        const at = `live.targets[${index}]`;
        try {
            const target = readTarget(value, at);
            checkName(targets, target.name, at);
            targets.push(target);
        } catch (error) {
            if (!(error instanceof SettingsError)) {
                throw error;
            }
            problem(error);
        }
    }
    return targets;
}

/** Throws `SettingsError` for the first that is not allowed. */
export function checkTargets(given: readonly unknown[]): void {
    readTargets(given, (error) => {
        throw error;
    });
}
