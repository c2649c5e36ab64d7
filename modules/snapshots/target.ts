/** Where pictures go. */
import type { Body } from 'ocellus/body';

/** A picture on its way. */
export interface Shot {
    /** Name of the channel. */
    readonly channel: string;
    /** When it was taken, milliseconds since 1970. */
    readonly atMs: number;
    /** A JPEG; who sends it does not close it. */
    readonly body: Body;
}

/** Why a picture was not received; the message is one line without secrets. */
export class SendError extends Error {
    constructor(
        message: string,
        /** Others would not be received either: the target is left alone for a while. */
        readonly ofAll: boolean,
    ) {
        super(message);
    }
}

/** Receives pictures. */
export interface Target {
    /** Done when it is received; rejects with SendError. */
    send(shot: Shot): Promise<void>;
}

/** Milliseconds until an upload is given up: half of the shortest interval. */
export const sendMs = 30_000;

/** "GET http://host:port", a path, the rest. */
const withPath = /^([A-Z]+ https?:\/\/(?:\[[^\]]*\]|[^/\s:]+)(?::\d+)?)\/\S*(?=: )/;

/** What an error says, without the path of an address in it: cameras and receivers have secrets there. */
export function lineOf(error: unknown): string {
    return (error instanceof Error ? error.message : String(error)).replace(withPath, '$1');
}

/** "20261123T143000Z": sorted as text. */
export function stampOf(ms: number): string {
    const iso = new Date(ms).toISOString(); // 2026-11-23T14:30:00.000Z
    const day = iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10);
    return `${day}T${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}
