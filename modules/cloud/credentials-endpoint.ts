/**
 * Temporary keys from an endpoint of the owner, renewed before they end. It gives JSON as AWS has it for containers and
 * machines. Nothing is requested before the first keys are needed.
 */
import { backoffMs } from 'ocellus/app/base/time';
import { keysOf } from 'ocellus/app/cloud/credentials';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { refusalOf } from 'ocellus/app/cloud/s3-answers';
import type { Keys } from 'ocellus/app/cloud/sigv4';
import { failureOf } from 'ocellus/app/cloud/transport';
import { isObject, parseJson } from 'ocellus/app/config/json';
import { type Reply, request } from 'ocellus/app/net/request';
import { parseUrl } from 'ocellus/app/net/url';

/** Which endpoint, and the clocks. */
export interface CredentialsEndpointOptions {
    /** https, without user and password. Its path and query may be secret, and are never shown. */
    readonly url: string;
    /** Sent as "Bearer ..."; left out or '': none. */
    readonly token?: string;
    /** PEM of authorities; left out: those of the system. */
    readonly ca?: string;
    /** Milliseconds since 1970, for replies without a date. */
    readonly wallMs: () => number;
    /** Monotonic milliseconds. */
    readonly now: () => number;
    /** From 0 to less than 1; left out: Math.random. */
    readonly random?: () => number;
    /** Left out: the web of this machine. */
    readonly get?: (url: string, headers: Readonly<Record<string, string>>) => Promise<Reply>;
}

/** Bytes of a reply, of which 8,192 may be the session token; held in the heap while it is read. */
const replyBytesMax = 16_384;
/** Milliseconds without progress, and for the whole request. */
const [stallMs, requestMs] = [10_000, 20_000] as const;
/** Keys are renewed at this part of their life, and so many milliseconds before it ends at least. */
const [renewAt, marginMs] = [0.8, 60_000] as const;
/** Part of the time until then by which devices are spread. */
const spread = 0.1;
/** Between two renewals: at least, for keys that live too short, and at most. */
const [pauseMinMs, pauseMaxMs] = [10_000, 86_400_000] as const;

/** Made once: a literal is compiled each time that it is evaluated. Scheme, host and port, then the rest. */
const addressPattern = /(https?:\/\/[^/\s?#]*[^/\s?#:])\S*/g;
const tokenPattern = /^[!-~]{0,4096}$/;
const names: ReadonlySet<string> = new Set([
    'AccessKeyId',
    'SecretAccessKey',
    'Token',
    'Expiration',
    'Code',
    'Message',
    'LastUpdated',
    'Type',
    'RoleArn',
    'AccountId',
]);

function invalid(text: string): StoreError {
    return new StoreError('INVALID', `credentials endpoint: ${text}`, false);
}

/** Keys of a reply, and milliseconds that they live. Throws StoreError without anything of the text. */
function keysIn(reply: Reply, wallMs: number): { readonly keys: Keys; readonly lifeMs: number } {
    let found: unknown;
    try {
        found = parseJson(reply.text(), 'keys', 0, names);
    } catch {
        throw invalid('it answers with no JSON of keys');
    }
    const given = isObject(found) ? found : {};
    const [accessKeyId, secretAccessKey, sessionToken, expiration] = [
        given['AccessKeyId'],
        given['SecretAccessKey'],
        given['Token'],
        given['Expiration'],
    ];
    const code = given['Code'] ?? 'Success';
    if (
        code !== 'Success' ||
        typeof accessKeyId !== 'string' ||
        typeof secretAccessKey !== 'string' ||
        typeof sessionToken !== 'string' ||
        typeof expiration !== 'string'
    ) {
        throw invalid('it has no AccessKeyId, SecretAccessKey, Token and Expiration');
    }
    const keys = keysOf({ accessKeyId, secretAccessKey, sessionToken });
    // The clock of this device may be wrong, that of the endpoint made both times
    const theirsMs = Date.parse(reply.headers.get('date') ?? '');
    const lifeMs = Date.parse(expiration) - (Number.isNaN(theirsMs) ? wallMs : theirsMs);
    if (keys === undefined || Number.isNaN(lifeMs)) {
        throw invalid('it has no keys, or no time until which they are valid');
    }
    if (lifeMs <= 0) {
        throw new StoreError('EXPIRED', 'credentials endpoint: it gives keys that have expired', true);
    }
    return { keys, lifeMs };
}

/** What kept a request from its reply: without the path, which may be secret. */
function failure(error: unknown): StoreError {
    const { code, message, again } = failureOf('credentials endpoint', error);
    return new StoreError(code, message.replace(addressPattern, '$1:'), again);
}

function refusal(status: number): StoreError {
    const { error } = refusalOf('credentials endpoint', { status, headers: new Map(), bytes: new ArrayBuffer(0) });
    return error.code === 'NO_KEY' ? invalid(`HTTP ${status}: it is not there`) : error;
}

/** One per store. */
export class CredentialsEndpoint {
    readonly #options: CredentialsEndpointOptions;
    readonly #headers: Readonly<Record<string, string>>;
    #keys: Keys | undefined;
    /** Monotonic: the keys are valid until then. */
    #endsMs = 0;
    #pending: Promise<void> | undefined;
    #timer: number | undefined;
    #failures = 0;
    /** Monotonic: nothing is requested before, and this is why. */
    #quietUntilMs = 0;
    #why: StoreError | undefined;
    #closed = false;

    /** Throws StoreError `INVALID` for what is no address of https, or no token. */
    constructor(options: CredentialsEndpointOptions) {
        let secure = false;
        try {
            ({ secure } = parseUrl(options.url));
        } catch {
            // below
        }
        if (!secure) {
            throw invalid('expected an address like https://example.org/keys, without user and password');
        }
        if (!tokenPattern.test(options.token ?? '')) {
            throw invalid('its token has at most 4,096 characters of ASCII, without spaces');
        }
        this.#options = options;
        this.#headers = {
            accept: 'application/json',
            ...((options.token ?? '') !== '' && { authorization: `Bearer ${options.token ?? ''}` }),
        };
    }

    /** The keys of now, the same object while they are the same; undefined: there are none yet, or none any more. */
    keys(): Keys | undefined {
        return this.#options.now() < this.#endsMs ? this.#keys : undefined;
    }

    /**
     * Gets other keys than `stale`, at once when there are. One request at a time, and none while the last failure is
     * recent. Rejects with StoreError; the keys from before stay until they end.
     */
    async renew(stale: Keys | undefined): Promise<void> {
        const { now } = this.#options;
        if (this.#closed) {
            throw new StoreError('DENIED', 'credentials endpoint: it is closed', false);
        }
        const keys = this.keys();
        if (keys !== undefined && keys !== stale) {
            return;
        }
        if (this.#pending === undefined && this.#why !== undefined && now() < this.#quietUntilMs) {
            throw this.#why;
        }
        await this.#request();
    }

    /** Ends it; the keys are forgotten. Again, it does nothing. */
    close(): void {
        this.#closed = true;
        this.#keys = undefined;
        this.#endsMs = 0;
        clearTimeout(this.#timer);
    }

    #request(): Promise<void> {
        this.#pending ??= this.#requestOnce().finally(() => {
            this.#pending = undefined;
        });
        return this.#pending;
    }

    async #requestOnce(): Promise<void> {
        const { random = Math.random, now, wallMs } = this.#options;
        clearTimeout(this.#timer);
        const begunMs = now();
        try {
            const reply = await this.#get();
            if (reply.status !== 200) {
                throw refusal(reply.status);
            }
            const { keys, lifeMs } = keysIn(reply, wallMs());
            if (this.#closed) {
                return;
            }
            this.#keys = keys;
            this.#endsMs = begunMs + lifeMs;
            this.#failures = 0;
            this.#why = undefined;
            const latestMs = Math.min(lifeMs * renewAt, lifeMs - marginMs) * (1 - spread * random());
            this.#follow(Math.max(pauseMinMs, Math.min(latestMs, pauseMaxMs)));
        } catch (error) {
            const why = error instanceof StoreError ? error : failure(error);
            const waitMs = backoffMs(this.#failures) * (0.5 + random() / 2);
            if (this.#failures === 0) {
                console.warn(`cloud: ${why.code}: ${why.message}; trying again`);
            }
            this.#failures++;
            this.#why = why;
            this.#quietUntilMs = now() + waitMs;
            // without keys there is no hurry: who needs some comes again
            if (this.keys() !== undefined) {
                this.#follow(waitMs);
            }
            throw why;
        }
    }

    /** The next renewal by itself. */
    #follow(waitMs: number): void {
        if (!this.#closed) {
            this.#timer = setTimeout(() => {
                this.#request().catch(() => undefined); // noted
            }, waitMs);
        }
    }

    async #get(): Promise<Reply> {
        const { url, ca, get } = this.#options;
        if (get !== undefined) {
            return await get(url, this.#headers);
        }
        return await request(url, {
            headers: this.#headers,
            timeoutMs: stallMs,
            deadlineMs: requestMs,
            maxBytes: replyBytesMax,
            redirects: 0,
            ...(ca !== undefined && { ca }),
        });
    }
}
