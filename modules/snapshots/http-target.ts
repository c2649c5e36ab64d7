/** Pictures to an address: alone, or as text in a document. */
import { sendBody } from 'ocellus/app/net/fetch-body';
import { lineOf, SendError, sendMs, type Shot, stampOf, type Target } from 'ocellus/app/snapshots/target';
import {
    addressParts,
    documentParts,
    type FieldValues,
    filledAddress,
    filledDocument,
} from 'ocellus/app/snapshots/template';
import type { Body } from 'ocellus/body';
import { base64Body } from 'ocellus/picture';

/** How it is reached, out of the settings. */
export interface HttpTargetOptions {
    /** With {device}, {channel}, {time}. */
    readonly address: string;
    readonly method: Method;
    /** ''; the header of that name. */
    readonly authorization: string;
    /** ''; the picture alone. */
    readonly template: string;
    readonly device: () => string;
    /** Sends; the status of the reply. Left out: the web of this machine. */
    readonly post?: Post;
}

/** How pictures are sent. */
export type Method = 'PUT' | 'POST';

/** Sends a body; the status of the reply. Rejects: no reply came. `headers`: a line "name: value\n" for each. */
export type Post = (url: string, method: Method, headers: string, body: Body) => Promise<number>;

const post: Post = (url, method, headers, body) => sendBody(url, { method, headers, body, deadlineMs: sendMs });

/** Statuses that are about this one picture or channel. */
const ofOne: readonly number[] = [400, 404, 409, 413, 415, 422];

/** It is not sent. */
const fragment = /#.*$/;

/** One for each setting of the address. */
export class HttpTarget implements Target {
    readonly #options: HttpTargetOptions;
    readonly #post: Post;
    /** Lines behind that of the type. */
    readonly #headers: string;
    readonly #address: ReturnType<typeof addressParts>;
    readonly #document: ReturnType<typeof documentParts> | undefined;
    /** Some part is the time: it is not written for others. */
    readonly #timed: boolean;

    constructor(options: HttpTargetOptions) {
        this.#options = options;
        this.#headers = options.authorization === '' ? '' : `authorization: ${options.authorization}\n`;
        this.#address = addressParts(options.address.replace(fragment, ''));
        this.#document = options.template === '' ? undefined : documentParts(options.template);
        this.#timed = [this.#address, this.#document?.head, this.#document?.tail].some((parts) =>
            parts?.includes('time'),
        );
        this.#post = options.post ?? post;
    }

    /** Not async: a promise less for each picture. */
    send({ channel, atMs, body }: Shot): Promise<void> {
        const values: FieldValues = {
            device: this.#options.device(),
            channel,
            time: this.#timed ? stampOf(atMs) : '',
            bytes: body.bytes,
        };
        const url = filledAddress(this.#address, values);
        if (this.#document === undefined) {
            return this.#send(url, 'image/jpeg', body);
        }
        const [head, tail] = [filledDocument(this.#document.head, values), filledDocument(this.#document.tail, values)];
        const document = base64Body(head, body, tail);
        return this.#send(url, 'application/json', document).finally(() => document.close());
    }

    #send(url: string, type: string, body: Body): Promise<void> {
        const headers = `content-type: ${type}\n${this.#headers}`;
        return this.#post(url, this.#options.method, headers, body).then(answered, unanswered);
    }
}

function answered(status: number): void {
    if (status < 200 || status >= 300) {
        throw new SendError(`HTTP ${status}`, !ofOne.includes(status));
    }
}

function unanswered(error: unknown): never {
    throw new SendError(lineOf(error), true);
}
