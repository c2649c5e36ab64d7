/** Of the Moddable SDK: modules that hosts/esp32/manifest.json gives other names. Only what is used. */

/** `embedded:storage/key-value` of ESP32. */
declare module 'ocellus/sdk-nvs' {
    /** What is opened. */
    export interface NvsOptions {
        path: string;
        format?: string;
        mode?: string;
    }
    /** An open namespace. */
    export interface NvsStorage {
        close(): void;
    }
    const storage: { open(options: NvsOptions): NvsStorage };
    export default storage;
}

/** `embedded:network/http/client`. */
declare module 'ocellus/sdk-http-client' {
    export interface SdkClientOptions {
        readonly host: string;
        readonly port?: number;
        readonly onError?: () => void;
    }
    export default class HTTPClient {
        constructor(options: SdkClientOptions & { readonly socket: object; readonly dns: object });
        close(): void;
    }
}

/** `embedded:network/dns/resolver/udp`. */
declare module 'ocellus/sdk-dns' {
    const Resolver: object;
    export default Resolver;
}

/** `embedded:io/socket/udp`. */
declare module 'ocellus/sdk-udp' {
    const UDP: object;
    export default UDP;
}
