/**
 * Messages of SOAP 1.2 to a service of a camera, with the password as ONVIF has it: WS-UsernameToken 1.1 (digest), and
 * the reasons of what fails. `post` is the network.
 */
import { base64, randomBytes, sha1 } from 'ocellus/crypto';
import { readXml } from 'ocellus/xml';

/** Why a camera does not say where its video is. */
export type Reason = 'silent' | 'password' | 'clock' | 'media' | 'certificate' | 'protocol';

/** The failure of a camera; `message`: one sentence for people, without secrets. */
export class OnvifError extends Error {
    readonly reason: Reason;

    constructor(reason: Reason, message: string) {
        super(message);
        this.reason = reason;
    }
}

/** An answer of HTTP. */
export interface Posted {
    readonly status: number;
    readonly bytes: ArrayBuffer;
}

/** Sends a message to a service. Rejects with `OnvifError`: there was no answer. */
export type Post = (service: string, message: string) => Promise<Posted>;

/** Who asks, and what time it is at the camera, in ms since 1970. */
export interface Login {
    readonly user: string;
    readonly password: string;
    readonly now: () => number;
}

/** Elements and attributes of an answer that were asked for, in order. */
export type Elements = readonly (readonly [path: string, text: string])[];

const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest';

/** Text for a message. Characters that XML 1.0 does not have are left out. */
export function escapeXml(text: string): string {
    return text
        .replace(/[^\t\n\r -\ufffd]/g, '')
        .replace(/&/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;')
        .replace(/"/g, '&quot;');
}

/** The header that proves the password: Base64 of SHA-1 of nonce, time and password (Username Token Profile 1.1, 3.1). */
export function usernameToken({ user, password }: Login, nonce: Uint8Array, created: string): string {
    const utf8 = new TextEncoder();
    const [time, secret] = [utf8.encode(created), utf8.encode(password)];
    const all = new Uint8Array(nonce.length + time.length + secret.length);
    all.set(nonce);
    all.set(time, nonce.length);
    all.set(secret, nonce.length + time.length);
    return (
        `<s:Security xmlns:s="${wsse}" xmlns:u="${wsu}" e:mustUnderstand="true"><s:UsernameToken>` +
        `<s:Username>${escapeXml(user)}</s:Username><s:Password Type="${profile}">${base64(sha1(all))}</s:Password>` +
        `<s:Nonce>${base64(nonce)}</s:Nonce><u:Created>${created}</u:Created></s:UsernameToken></s:Security>`
    );
}

/** A whole message with this body; undefined: without a login. */
export function envelope(body: string, login?: Login): string {
    const header =
        login === undefined ? '' : usernameToken(login, randomBytes(16), new Date(login.now()).toISOString());
    return (
        '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"' +
        ' xmlns:td="http://www.onvif.org/ver10/device/wsdl" xmlns:tm="http://www.onvif.org/ver10/media/wsdl"' +
        ` xmlns:tt="http://www.onvif.org/ver10/schema"><e:Header>${header}</e:Header><e:Body>${body}</e:Body></e:Envelope>`
    );
}

/** Where a fault says what it is, in SOAP 1.2 and 1.1; the first is any fault's. */
const faultPaths = ['', '/Code/Value', '/Code/Subcode/Value', '/Reason/Text', '/faultcode', '/faultstring'].map(
    (path) => `Envelope/Body/Fault${path}`,
);

/**
 * Sends a body and reads of the answer `paths`, which begin behind "Body/": a camera may send any number of others.
 * Rejects with `OnvifError`.
 */
export async function call(
    post: Post,
    service: string,
    body: string,
    paths: readonly string[],
    login?: Login,
): Promise<Elements> {
    const { status, bytes } = await post(service, envelope(body, login));
    const elements: [string, string][] = [];
    let fault = '';
    const take = (path: string, text: string): void => {
        if (faultPaths.includes(path)) {
            fault += `${text} `;
        } else {
            elements.push([path.slice('Envelope/Body/'.length), text]);
        }
    };
    try {
        readXml(bytes, take, [...faultPaths, ...paths.map((path) => `Envelope/Body/${path}`)]);
    } catch {
        if (status === 200) {
            throw new OnvifError('protocol', 'the answer is not one of an ONVIF camera');
        }
    }
    // Some cameras answer a wrong password with a page of HTML and 401, some with a fault and 400 or 500.
    if (status === 401 || status === 403 || /NotAuthorized|FailedAuthentication|InvalidSecurity/i.test(fault)) {
        throw new OnvifError('password', 'wrong user name or password');
    }
    if (status !== 200 || fault !== '') {
        throw new OnvifError('protocol', `the camera does not answer as ONVIF cameras do (HTTP ${status})`);
    }
    return elements;
}

/** The first text of a path; undefined: there is none. */
export function textAt(elements: Elements, path: string): string | undefined {
    return elements.find(([at]) => at === path)?.[1];
}
