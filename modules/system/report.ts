/** What is printed on standard output: the address in text, everything with `--json`. */
import type { HostApi } from 'ocellus/host';
import type { PlaneEvent } from 'ocellus/plane';

/** Prints results. */
export class Report {
    readonly #host: Pick<HostApi, 'print'>;
    readonly #json: boolean;

    constructor(host: Pick<HostApi, 'print'>, json: boolean) {
        this.#host = host;
        this.#json = json;
    }

    /** The server answers at `urls` (at least one), with a certificate of this fingerprint ('': none). */
    listening(urls: readonly string[], fingerprint: string): void {
        if (this.#json) {
            const url = urls[0] ?? '';
            const more = { ...(urls.length > 1 && { urls }), ...(fingerprint !== '' && { fingerprint }) };
            this.#host.print(JSON.stringify({ event: 'listening', url, ...more }));
            return;
        }
        for (const url of urls) {
            this.#host.print(`viewer: ${url}`);
        }
        if (fingerprint !== '') {
            this.#host.print(`certificate, SHA-256: ${fingerprint}`);
        }
    }

    /** Something happened in the media plane; printed with `--json` only. */
    event({ kind, channel, stream, path, code, text, at }: PlaneEvent): void {
        if (!this.#json) {
            return;
        }
        this.#host.print(
            JSON.stringify({
                event: kind === 'record-opened' ? 'recording' : kind,
                at,
                ...(channel !== null && { channel }),
                ...(stream !== undefined && { stream }),
                ...(path !== '' && { path }),
                ...(code !== 0 && { code }),
                ...(text !== '' && { text }),
            }),
        );
    }
}
