/**
 * `embedded:network/http/client` of a board: the SDK's, with the sockets and the resolver that it asks for. Plain HTTP
 * only: this host has no TLS. `dns.servers` are the name servers' addresses; a host that is an address needs none.
 */
import TCP from 'embedded:io/socket/tcp';
import Resolver from 'ocellus/sdk-dns';
import HTTPClient, { type SdkClientOptions } from 'ocellus/sdk-http-client';
import UDP from 'ocellus/sdk-udp';

/** What an application gives. */
interface ClientOptions extends SdkClientOptions {
    readonly secure?: boolean;
    readonly dns?: { readonly servers?: readonly string[] };
}

/** Its sockets are the host's, whatever the options say. */
export default class extends HTTPClient {
    constructor(options: ClientOptions) {
        if (options.secure === true) {
            throw new Error('secure: this host has no TLS');
        }
        const servers = options.dns?.servers ?? [];
        super({ ...options, socket: { io: TCP }, dns: { io: Resolver, socket: { io: UDP }, servers } });
    }
}
