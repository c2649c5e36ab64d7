/**
 * Addresses and JSON with fields in them, as the settings have them (settings-schemas.ts checks templates). Taken apart
 * once, for each picture needs them. Pure.
 */

/** What fields stand for. */
export interface FieldValues {
    readonly device: string;
    readonly channel: string;
    readonly time: string;
    readonly bytes: number;
}

/** A text, a field, a text, a field, …, a text. */
export type Parts = readonly string[];

const inTemplate = /\{(device|channel|time|bytes)\}/;
const inAddress = /\{(device|channel|time)\}/;
const pictureField = '{base64}';

/** Of an address. */
export function addressParts(address: string): Parts {
    return address.split(inAddress);
}

/** Of a template: what stands before and behind the picture. */
export function documentParts(template: string): { readonly head: Parts; readonly tail: Parts } {
    const at = template.indexOf(pictureField);
    return {
        head: template.slice(0, at).split(inTemplate),
        tail: template.slice(at + pictureField.length).split(inTemplate),
    };
}

function filled(parts: Parts, values: FieldValues, write: (value: string) => string): string {
    let text = '';
    for (let at = 0; at < parts.length; at++) {
        const part = parts[at] ?? '';
        text += at % 2 === 0 ? part : write(String(values[part as keyof FieldValues]));
    }
    return text;
}

/** With values, escaped as in texts of JSON. */
export function filledDocument(parts: Parts, values: FieldValues): string {
    return filled(parts, values, (value) => JSON.stringify(value).slice(1, -1));
}

/** With values, percent-encoded. */
export function filledAddress(parts: Parts, values: FieldValues): string {
    return filled(parts, values, encodeURIComponent);
}
