/** What a push of HLS is made of. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { PushStore } from 'ocellus/app/live/hls-push-store';
import type { PushState } from 'ocellus/app/live/push-state';
import type { Body } from 'ocellus/body';
import type { HostApi } from 'ocellus/host';
import type { StreamName } from 'ocellus/plane';

/** A web server, WebDAV or the ingest of a CDN, by PUT. */
export interface WebPushTarget {
    /** http(s), no user in it. One that ends in ".m3u8" is the playlist's, segments lie beside it; else a folder, with `index.m3u8` in it. A query goes with each request. */
    readonly url: string;
    /** For Basic; left out or '': none. */
    readonly user?: string;
    readonly password?: string;
    /** SHA-256 of the server's certificate in hex; left out or '': authorities and name decide. */
    readonly pin?: string;
    /** PEM of authorities; left out or '': those of the system. */
    readonly ca?: string;
}

/** A bucket. */
export interface S3PushTarget {
    readonly s3: {
        /** "https://s3.example.org" */
        readonly endpoint: string;
        readonly region: string;
        readonly bucket: string;
        readonly pathStyle: boolean;
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly ca?: string;
    };
    /** In front of the names of objects, without slashes at its ends; '': none. */
    readonly prefix: string;
}

/** Where it is pushed to. */
export type HlsPushTarget = WebPushTarget | S3PushTarget;

/** Bytes of live HLS of a channel of the plane, by its number; `n`: of the segment or init segment. */
export interface LiveBodies {
    playlist(channel: number, stream: StreamName): Promise<Body>;
    init(channel: number, stream: StreamName, n: number): Promise<Body>;
    segment(channel: number, stream: StreamName, n: number): Promise<Body>;
}

/** What `HlsPush` needs. */
export interface HlsPushOptions {
    readonly plane: Pick<PlaneApi, 'channel' | 'channels' | 'sub'>;
    readonly host: Pick<HostApi, 'clock' | 'now'>;
    readonly target: HlsPushTarget;
    /** By name. */
    readonly channel: string;
    readonly stream: StreamName;
    /** After each change, never from within `start`. */
    readonly onState: (state: PushState) => void;
    /** Left out: those of the plane. */
    readonly bodies?: LiveBodies;
    /** Left out: that of `target`. */
    readonly store?: PushStore;
}
