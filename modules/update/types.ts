/** What the parts of updates tell each other (docs/design/update.md). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';

/** One of the two slots, or the factory application. */
export interface SlotState {
    readonly slot: string;
    readonly name: string;
    readonly version: string;
    readonly state?: 'active' | 'previous' | 'trial' | 'damaged';
    readonly keyId?: string;
    readonly channel?: string;
    readonly revision?: string;
    readonly notes?: string;
    readonly bytes?: number;
}

/** An update that was tried. */
export interface UpdateAttempt {
    readonly at: string;
    readonly version: string;
    readonly from: string;
    readonly result: 'committed' | 'rolled-back' | 'refused' | 'revoked' | 'interrupted';
    readonly why: string;
    readonly by: string;
    readonly keyId: string;
}

/** What the last look at the index found. */
export interface Available {
    /** ISO 8601. */
    readonly checked: string;
    /** Version of the index; null: it could not be read. */
    readonly index: number | null;
    /** The index says so; false: the clock is not set, so that an old index is not noticed. */
    readonly expiryChecked: boolean;
    /** The release that this device may have; null: none that is newer. */
    readonly version: string | null;
    /** Of its bundle. */
    readonly bytes: number;
    /** Why there was no look, or no update; null: nothing is wrong. */
    readonly problem: string | null;
}

/** `GET /api/update`. */
export interface UpdateState {
    readonly name: string;
    readonly version: string;
    readonly state: 'idle' | 'staged' | 'handing-over' | 'trial' | 'rolling-back' | 'disabled';
    readonly slot: string;
    /** Version of the program. */
    readonly host: string;
    readonly apiLevel: number;
    readonly engine: string;
    readonly counter: number;
    /** Ids of the trusted keys, and of those that are trusted no longer. */
    readonly keys: readonly string[];
    readonly revoked: readonly string[];
    readonly slots: readonly SlotState[];
    /** The update that is tried; null: none. */
    readonly trial: { readonly version: string; readonly from: string; readonly seconds: number } | null;
    /** How much of a bundle is here that a script brings; null: none comes. */
    readonly progress: { readonly bytes: number; readonly of: number } | null;
    readonly available: Available | null;
    /** The newest that did not stay; null: none. */
    readonly lastFailure: (Pick<UpdateAttempt, 'at' | 'version' | 'why'> & { readonly stack: string }) | null;
    readonly history: readonly UpdateAttempt[];
}

/** A release of the index. */
export interface Release {
    readonly version: string;
    readonly channel: string;
    /** Name of the bundle, beside the index. */
    readonly bundle: string;
    readonly bytes: number;
    /** Of the bundle, hexadecimal. */
    readonly sha256: string;
    readonly counter: number;
    readonly apiLevel: number;
    /** Least version of the program. */
    readonly host: string;
    readonly engines: readonly string[];
    /** Percent of the devices, 0 to 100. */
    readonly percent: number;
    /** The same for groups that are named. */
    readonly groups: ReadonlyMap<string, number>;
    readonly paused: boolean;
    readonly recalled: boolean;
}

/** A bundle of the index that takes keys out. */
export interface Revocation extends Pick<Release, 'bundle' | 'bytes' | 'sha256'> {
    /** Ids. */
    readonly keys: readonly string[];
}

/** What the index says; its signature is right. */
export interface ReleaseIndex {
    readonly version: number;
    /** UTC, milliseconds. */
    readonly expiresMs: number;
    readonly name: string;
    readonly releases: readonly Release[];
    readonly revoked: readonly Revocation[];
}

/** What decides which release a device may have. */
export interface Device extends Pick<UpdateState, 'name' | 'version' | 'host' | 'apiLevel' | 'engine' | 'counter'> {
    readonly id: string;
    readonly channel: string;
    readonly group: string;
    /** SHA-256 of bundles that this device does not try again. */
    readonly refused: ReadonlySet<string>;
}

/** What the updater needs of the media plane. */
export type UpdatePlane = Pick<
    PlaneApi,
    'beginUpdate' | 'writeUpdate' | 'applyUpdate' | 'updateState' | 'noteUpdate' | 'readStore' | 'writeStore'
>;

/** The web as the updater sees it; tests supply their own. */
export interface Web {
    /** A small document, whole. */
    get(url: string, maxBytes: number): Promise<{ readonly status: number; text(): string }>;
    /**
     * Bytes `from` to `total` of `url`, part by part; each call of `take` is awaited before more is read. Rejects when
     * the connection breaks: what was taken is kept.
     */
    download(
        url: string,
        from: number,
        total: number,
        partBytes: number,
        take: (bytes: Uint8Array) => Promise<void>,
    ): Promise<void>;
}
