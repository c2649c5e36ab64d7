/** What a person enters for a target, and what the settings have of it. Pure. */

/** Services with an address that everybody uses, and what a target is named after them; the key is the person's own. */
export const services: readonly (readonly [name: string, url: string])[] = [
    ['youtube', 'rtmps://a.rtmps.youtube.com/live2'],
    ['twitch', 'rtmps://live.twitch.tv/app'],
    ['facebook', 'rtmps://live-api-s.facebook.com:443/rtmp'],
];

/** Which fields go with an address. */
export interface Asked {
    readonly key: boolean;
    readonly passphrase: boolean;
    readonly user: boolean;
    readonly store: boolean;
}

/** By its scheme; all false: it has none that is known. */
export function askedOf(url: string): Asked {
    const [, scheme = ''] = /^([a-z0-9]+):\/\//i.exec(url.trim()) ?? [];
    const known = /^(?:rtmps?|srt|https?|s3)$/.test(scheme);
    const web = /^(?:https?|s3)$/.test(scheme);
    return { key: known, passphrase: scheme === 'srt', user: web, store: scheme === 's3' };
}

/** The word for its key, by its scheme: of RTMP, SRT, HTTP, S3. */
export function keyWord(url: string): 'pushKey' | 'pushStreamId' | 'pushPassword' | 'pushSecret' {
    const { user, passphrase, store } = askedOf(url);
    return store ? 'pushSecret' : user ? 'pushPassword' : passphrase ? 'pushStreamId' : 'pushKey';
}

/** A name for a target that has none: of the service or the host, as no other has it. */
export function nameFor(url: string, taken: readonly string[]): string {
    const [, host = ''] = /^[a-z0-9]+:\/\/([^/:?]+)/i.exec(url.trim()) ?? [];
    const service = services.find(([, known]) => url.startsWith(known))?.[0];
    const parts = host.split('.').filter((part) => !/^(?:\d+|www|live|rtmps?|srt|com|net|org|tv)$/.test(part));
    const base = (service ?? parts.at(-2) ?? parts.at(-1) ?? '').toLowerCase().replace(/[^a-z0-9-]/g, '').replace(/^-+/, '').slice(0, 24) || 'target';
    for (let n = 1; ; n++) {
        const name = n === 1 ? base : `${base}-${n}`;
        if (!taken.includes(name)) {
            return name;
        }
    }
}
