/** Asks the network for ONVIF cameras and keeps what answered, until the next search. One search at a time (ADR 98). */
import { sleep } from 'ocellus/app/base/time';
import { discoveryPort, type FoundCamera, groups, probe, readMatches } from 'ocellus/app/onvif/ws-discovery';
import { hex, randomBytes } from 'ocellus/crypto';

/** Milliseconds that answers are waited for; cameras wait up to 0.5 s before they answer. */
export const searchMs = 5_000;
/** The message is sent twice, since it may get lost; so many ms apart, and up to as many more (SOAP-over-UDP, appendix I). */
const repeatMs = 50;
const repeatMoreMs = 200;
/** Cameras that are kept of one search: a network can send any number. */
export const camerasMax = 64;
/** Datagrams that are read of one search. */
export const answersMax = 512;
/** Those of one family that are read before other work of the script has its turn. */
export const answersAtOnce = 8;

/** A socket of one family; `embedded:io/socket/udp` is one. */
export interface SearchSocket {
    read(): (ArrayBuffer & { readonly address: string }) | undefined;
    write(bytes: Uint8Array, address: string, port: number): void;
    close(): void;
}

/** What it needs. */
export interface CameraSearchOptions {
    /** Opens a socket at "0.0.0.0" or "::"; `onReadable` is called for what comes. Throws: there is no such family. */
    readonly open: (local: string, onReadable: () => void) => SearchSocket;
    /** Left out: so many ms. */
    readonly wait?: (ms: number) => Promise<void>;
}

/** A version 4 UUID (RFC 4122, section 4.4), lower case: nobody can guess it and answer unasked. */
export function randomUuid(): string {
    const bytes = randomBytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** One per script. */
export class CameraSearch {
    readonly #options: CameraSearchOptions;
    readonly #found = new Map<string, FoundCamera>();
    #running = false;
    #problem = '';

    constructor(options: CameraSearchOptions) {
        this.#options = options;
    }

    get running(): boolean {
        return this.#running;
    }

    /** Why the network was not asked, one sentence; '': it was. */
    get problem(): string {
        return this.#problem;
    }

    /** In the order of their answers. */
    get cameras(): readonly FoundCamera[] {
        return [...this.#found.values()];
    }

    /** That was found last under this endpoint. */
    camera(endpoint: string): FoundCamera | undefined {
        return this.#found.get(endpoint);
    }

    /** Begins a search, which forgets what was found; one that is under way goes on. Done when it has ended. */
    async run(): Promise<void> {
        if (this.#running) {
            return;
        }
        const { wait = sleep } = this.#options;
        this.#running = true;
        this.#found.clear();
        this.#problem = '';
        const uuid = randomUuid();
        const budget = { left: answersMax };
        const sockets = this.#open(uuid, budget);
        const message = new TextEncoder().encode(probe(uuid));
        const send = (): boolean => sockets.map(([socket, group]) => this.#send(socket, message, group)).includes(true);
        try {
            const first = send();
            await wait(repeatMs + ((randomBytes(1)[0] ?? 0) * repeatMoreMs) / 256);
            if (send() || first) {
                await wait(searchMs);
            } else {
                this.#problem = 'no network: this device has no interface that a search can leave by';
            }
        } finally {
            budget.left = 0;
            for (const [socket] of sockets) {
                socket.close();
            }
            this.#running = false;
        }
    }

    /** `budget.left`: datagrams that are still read; 0 once the sockets are closed. */
    #open(uuid: string, budget: { left: number }): [SearchSocket, string][] {
        const { wait = sleep } = this.#options;
        return groups.flatMap((group): [SearchSocket, string][] => {
            const read = async (): Promise<void> => {
                for (let count = 1; budget.left > 0; count++) {
                    const one = socket.read();
                    if (one === undefined) {
                        return; // `onReadable` tells when there is more
                    }
                    budget.left--;
                    this.#take(readMatches(one, one.address, uuid));
                    if (count % answersAtOnce === 0) {
                        await wait(0);
                    }
                }
            };
            let socket: SearchSocket;
            try {
                socket = this.#options.open(group.includes(':') ? '::' : '0.0.0.0', () => void read());
                return [[socket, group]];
            } catch {
                return []; // a machine without this family
            }
        });
    }

    #send(socket: SearchSocket, message: Uint8Array, group: string): boolean {
        try {
            socket.write(message, group, discoveryPort);
            return true;
        } catch {
            return false;
        }
    }

    /** The first answer of an endpoint stays: a later one cannot put itself in its place. */
    #take(cameras: readonly FoundCamera[]): void {
        for (const camera of cameras) {
            if (this.#found.size < camerasMax && !this.#found.has(camera.endpoint)) {
                this.#found.set(camera.endpoint, camera);
            }
        }
    }
}
