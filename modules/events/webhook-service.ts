/** The webhook as the application has it: what sends takes memory only where there is a receiver. */
import type { Webhook, WebhookOptions } from 'ocellus/app/events/webhook';
import type { HostApi } from 'ocellus/host';

/** Where events are sent; '': nowhere. */
export function receiverOf({ url }: ReturnType<WebhookOptions['settings']>): string {
    return url;
}

/** Milliseconds from an event to the look at what is kept: it is being written then. */
const settleMs = 300;

/** One per script. */
export class WebhookService {
    readonly #options: WebhookOptions;
    #webhook: Promise<Webhook> | undefined;
    #waits = false;
    #receiver: string;
    /** Since when it is that. */
    #sinceMs: number;
    readonly #nowMs: () => number;

    constructor(options: Omit<WebhookOptions, 'knownMs' | 'host'> & { readonly host: Pick<HostApi, 'clock' | 'now'> }) {
        const { host, settings } = options;
        this.#receiver = receiverOf(settings());
        this.#sinceMs = host.now();
        this.#options = { ...options, knownMs: () => host.now() - this.#sinceMs };
        this.#nowMs = () => host.now();
    }

    /** Something happened that may have been kept: it is sent soon. */
    follow(): void {
        if (this.#waits || receiverOf(this.#options.settings()) === '') {
            return;
        }
        this.#waits = true;
        setTimeout(() => {
            this.#waits = false;
            void this.#load().then((webhook) => webhook.follow());
        }, settleMs);
    }

    /** The settings have changed. */
    async changed(): Promise<void> {
        const receiver = receiverOf(this.#options.settings());
        if (receiver !== this.#receiver) {
            this.#receiver = receiver;
            this.#sinceMs = this.#nowMs();
        }
        if (this.#webhook !== undefined) {
            (await this.#webhook).changed();
        }
        this.follow();
    }

    #load(): Promise<Webhook> {
        this.#webhook ??= import('ocellus/app/events/webhook').then(({ Webhook }) => new Webhook(this.#options));
        return this.#webhook;
    }
}
