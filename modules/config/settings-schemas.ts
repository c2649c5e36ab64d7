/** Texts and numbers that settings allow: part of settings-table.ts. Pure. */
import { redactUrl } from 'ocellus/app/config/redact';
import { refuse, type Schema, text, whole } from 'ocellus/app/config/schema';

/** Of privacy mode and recordings. */
export { hoursSchema } from 'ocellus/app/config/hours-schema';

/** One of the names of this machine. */
export const hostSchema = text(/^(?:\*\.)?[A-Za-z0-9:._-]{1,120}$/, 'a host name or an address, without a port');
/** Where it listens. */
export const addressSchema = text(
    /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]*:[\da-fA-F:]*:[\da-fA-F:.]*)$/,
    'an IPv4 or IPv6 address or localhost',
);
/** Of other sites. */
export const originSchema = text(
    /^https?:\/\/[a-z0-9.:[\]_-]{1,110}$/,
    'a scheme and a host in lower case, without a path, like https://example.com',
);
/**
 * An address that something of ours speaks to, without user and password: often its path or query is the password, so
 * people see it redacted, wherever it stands. `like`: an example, and what else is allowed; `also`, `schemes`: parts of
 * the pattern.
 */
export function webAddress(
    like: string,
    { also = '', schemes = 'https?' } = {},
): {
    readonly schema: Schema<string>;
    readonly secret: true;
} {
    const host = '(?:\\[[\\dA-Fa-f:.]{2,45}\\]|[\\w.-]{1,253})(?::\\d{1,5})?';
    const pattern = new RegExp(`^(?:${also}${schemes}:\\/\\/${host}\\/[!"$-~]{0,400})?$`);
    return { schema: text(pattern, `an address like ${like}; "" for none`, redactUrl), secret: true };
}
/** Whom it believes who a client is. */
export const proxySchema = text(/^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F:.]*:[\da-fA-F:.]*)$/, 'an IPv4 or IPv6 address');
/** Of a file. */
export const pathSchema = text(/^[^\0\n]{1,500}$/, 'a path of 1 to 500 characters');
/** Of what is kept of recordings: 100 TB, 10 years. */
export const [megabytesMax, daysMax] = [100_000_000, 3653];
/** Of a queue. */
export const bytesSchema = whole(0, 16_777_216);
/** JSON once its fields have values, with one picture. */
function isTemplate(template: string): boolean {
    const filled = template.replace(/\{(?:device|channel|time|base64)\}/g, 'a').replace(/\{bytes\}/g, '0');
    try {
        JSON.parse(filled);
    } catch {
        return false;
    }
    return template.split('{base64}').length === 2 && !/\{\w/.test(filled);
}

/** Of requests with a picture as text. */
export const templateSchema: Schema<string> = {
    allowed:
        'JSON with {base64} once in a text; {device}, {channel}, {time} in texts, {bytes} as a number; "" for none',
    read(value, at) {
        if (typeof value === 'string' && value.length <= 1000 && (value === '' || isTemplate(value))) {
            return value;
        }
        throw refuse(at, value, this.allowed);
    },
};
/** Of people: no control characters, and none that turn the direction of what is written behind them. */
export const titleSchema: Schema<string> = (() => {
    const allowed = 'at most 64 characters without control characters, no blank first or last; "" for none';
    const control = '\\x01-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ufeff';
    const shape = text(new RegExp(`^[^${control}]*$`), allowed);
    return {
        allowed,
        read(value: unknown, at: string): string {
            const title = shape.read(value, at);
            if (title.length > 64 || title.trim() !== title) {
                throw refuse(at, title, allowed);
            }
            return title;
        },
    };
})();
/** Where motion counts. */
export const zonesSchema = text(
    /^(?:(?:\d{1,2}|100),(?:\d{1,2}|100)(?: (?:\d{1,2}|100),(?:\d{1,2}|100)){2,15}(?:; ?|$)){0,8}$/,
    'polygons of 3 to 16 points like 0,50 100,50 50,100, apart by ;',
);
/** Loudspeakers. ALSA's plug-ins that write files are left out: cards as `oc_device_rule.h` has them. */
export const outputSchema = text(
    /^(?:auto|none|file|alsa:(?:default|null|(?:plug)?hw:(?:CARD=)?\w{1,32}(?:,(?:DEV=)?\d{1,2}(?:,(?:SUBDEV=)?\d{1,2})?)?))$/,
    'auto, none, file, or a device of ALSA like alsa:plughw:0,0',
);
