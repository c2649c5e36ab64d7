/** What a viewer gets, as P2P_ACCEPT says it. */
import { streams, talkCodecs, type ViewKind } from 'ocellus/command';
import { text, whole } from 'ocellus/p2p-checks';
import type { Accept, PlaybackFile, Voice } from 'ocellus/p2p-types';

/** Beside the view. */
export interface Grant {
    readonly kind: ViewKind;
    readonly args: readonly number[];
    readonly bytes: Uint8Array | undefined;
}

/** As oc_play_reader.h. */
const [baseMax, pathMax, fileCount] = [39, 255, 64];
/** As oc_speaker.h, without NUL. */
const outputMax = 95;

/** `BASE AT_MS`, then `OFFSET_MS PATH` of each file, a line each. */
function playbackLines(base: string, atMs: number, files: readonly PlaybackFile[]): string {
    text('base', base, baseMax, /[^!#-[\]-\u{10ffff}]|^$/u);
    whole('atMs', atMs);
    whole('number of files', files.length, 1, fileCount);
    let last = 0;
    const lines = files.map(({ offsetMs, path }) => {
        last = whole('offsetMs', offsetMs, last);
        text('path', path, pathMax, /[^ !#-[\]-\u{10ffff}]|^$/u);
        return `${offsetMs} ${path}\n`;
    });
    return `${base} ${atMs}\n${lines.join('')}`;
}

/** Throws TypeError or RangeError. */
export function grantOf(accept: Accept): Grant {
    switch (accept?.kind) {
        case 'live': {
            const { channel, stream = 'main' } = accept;
            if (!Object.hasOwn(streams, stream)) {
                throw new TypeError(`no stream ${String(stream)}`);
            }
            return { kind: 'live', args: [whole('channel', channel), streams[stream]], bytes: undefined };
        }
        case 'playback': {
            const lines = playbackLines(accept.base, accept.atMs, accept.files);
            return { kind: 'playback', args: [], bytes: new TextEncoder().encode(lines) };
        }
        default:
            throw new TypeError('onSendStart must give back what the viewer gets');
    }
}

/** What `onReceiveStart` gave back. Throws TypeError or RangeError. */
export function receiveGrantOf(voice: Voice | undefined): Grant {
    if (voice === undefined) {
        return { kind: 'receive', args: [], bytes: undefined };
    }
    const { codec, output = 'auto', volume = 100 } = voice;
    const number = talkCodecs.indexOf(codec);
    if (voice.kind !== 'voice' || number < 0) {
        throw new TypeError('onReceiveStart must give back a voice of pcma or pcmu, or nothing');
    }
    return {
        kind: 'voice',
        args: [number, whole('volume', volume, 0, 100)],
        bytes: text('output', output, outputMax, /[^!-~]|^$/u),
    };
}
