/** The raw way to the viewers: one native function per member, no decisions. p2p.ts gives it types. */
import type { TextBytes } from 'ocellus/link';
import type { P2pRecord } from 'ocellus/settings-record';

/** P2P_OPEN, as oc_p2p_config_t: `settings-record.ts`, and what no setting says. */
export interface P2pOpenRecord extends P2pRecord {
    readonly ipv4: boolean;
    /** One a line. */
    readonly servers: TextBytes;
    readonly ca: TextBytes;
}

/**
 * What p2p.ts needs of the mailbox and of the published rows; tests supply their own. `post…` return the request's
 * number (> 0) or a negative error; whose `Link` it is takes the reply.
 */
export interface P2pLink {
    post(
        kind: number,
        object: number,
        arg0: number,
        arg1: number,
        arg2: number,
        arg3: number,
        bytes: Uint8Array | undefined,
    ): number;
    postOpen(owner: number, record: P2pOpenRecord): number;
    /** Viewers that this host can have; 0: it has no transport. A row of a view: its number modulo 8 times as many. */
    sessionsMax(): number;
    /** Fills all 32-bit words of a row; false: there is no such row now. */
    readSession(index: number, words: ArrayBuffer): boolean;
    readView(index: number, words: ArrayBuffer): boolean;
    /** A label taken apart: name, key, value, key, value, …; what is wrong with it as a string. */
    parseLabel(label: Uint8Array): readonly ArrayBuffer[] | string;
}

/** That of this machine. */
export const nativeP2pLink: P2pLink = Object.freeze({
    post(
        kind: number,
        object: number,
        arg0: number,
        arg1: number,
        arg2: number,
        arg3: number,
        bytes: Uint8Array | undefined,
    ): number {
        return native<
            (
                kind: number,
                object: number,
                arg0: number,
                arg1: number,
                arg2: number,
                arg3: number,
                bytes: Uint8Array | undefined,
            ) => number
        >('xs_p2p_post').call(this, kind, object, arg0, arg1, arg2, arg3, bytes);
    },
    postOpen(owner: number, record: P2pOpenRecord): number {
        return native<(owner: number, record: P2pOpenRecord) => number>('xs_p2p_post_open').call(this, owner, record);
    },
    sessionsMax(): number {
        return native<() => number>('xs_p2p_sessions_max').call(this);
    },
    readSession(index: number, words: ArrayBuffer): boolean {
        return native<(index: number, words: ArrayBuffer) => boolean>('xs_p2p_read_session').call(this, index, words);
    },
    readView(index: number, words: ArrayBuffer): boolean {
        return native<(index: number, words: ArrayBuffer) => boolean>('xs_p2p_read_view').call(this, index, words);
    },
    parseLabel(label: Uint8Array): readonly ArrayBuffer[] | string {
        return native<(label: Uint8Array) => readonly ArrayBuffer[] | string>('xs_p2p_parse_label').call(this, label);
    },
});
