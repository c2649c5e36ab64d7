/**
 * Which messages of a live channel may be appended (docs/formats-viewers.md#live): what follows a gap in the sequence
 * numbers waits for a key frame. Pure; reads the boxes that the camera writes, and nothing more.
 */

/** What to do with a message. */
export type Verdict = 'append' | 'skip' | 'damaged';

interface Track {
    readonly video: boolean;
    readonly timescale: number;
    /** Flags of a sample that says nothing itself (`trex`). */
    flags: number;
}

interface Head {
    readonly sequence: number;
    readonly bytes: number;
    readonly track: Track | undefined;
    readonly key: boolean;
    /** Decode time, ticks. */
    readonly time: number;
}

/** sample_is_non_sync_sample (ISO/IEC 14496-12 8.8.3.1). */
const NON_SYNC = 0x10000;

/** Calls `found` for each box between two offsets. @throws RangeError: one does not fit. */
function eachBox(view: DataView, from: number, to: number, found: (type: string, body: number, end: number) => void): void {
    for (let at = from; at + 8 <= to; ) {
        const size = view.getUint32(at);
        if (size < 8 || at + size > to) {
            throw new RangeError('a box does not fit');
        }
        found(String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5), view.getUint8(at + 6), view.getUint8(at + 7)), at + 8, at + size);
        at += size;
    }
}

/** One live channel. */
export class Fragments {
    #tracks = new Map<number, Track>();
    #init = true;
    #left = 0;
    #skipping = false;
    #onlyPictures = false;
    #begun: ArrayBuffer | undefined;
    #next: number | undefined;
    #waiting = true;
    #dropped = 0;
    #keys: number[] = [];

    /** Fragments that were skipped since the beginning. */
    get dropped(): number {
        return this.#dropped;
    }

    /** Decode times of key frames that were let through, seconds, oldest first: up to here a buffer may be cut. */
    get keys(): readonly number[] {
        return this.#keys;
    }

    /** The next message is an init segment. onlyPictures: its sound is left out from now on. */
    expectInit(onlyPictures = false): void {
        this.#init = true;
        this.#onlyPictures = onlyPictures;
        this.#left = 0;
    }

    /** What to append in place of the init segment that came; undefined: as it came. */
    get begun(): ArrayBuffer | undefined {
        return this.#begun;
    }

    /** What was let through and not appended is lost: on with the next key frame. */
    lose(): void {
        this.#waiting = true;
        this.#skipping = this.#left > 0;
    }

    /** Key frames before this time, seconds, are forgotten. */
    forget(before: number): void {
        this.#keys = this.#keys.filter((time) => time >= before);
    }

    /** Judges the next message. */
    take(message: ArrayBuffer): Verdict {
        try {
            return this.#judge(new DataView(message));
        } catch {
            return 'damaged';
        }
    }

    #judge(view: DataView): Verdict {
        if (this.#init) {
            this.#init = false;
            this.#readInit(view);
            this.#begun = this.#onlyPictures ? picturesOf(view, this.#tracks) : undefined;
            this.#next = undefined;
            this.#waiting = true;
            return 'append';
        }
        this.#begun = undefined;
        if (this.#left === 0) {
            this.#begin(readHead(view, this.#tracks));
        }
        if (view.byteLength > this.#left) {
            return 'damaged';
        }
        this.#left -= view.byteLength;
        return this.#skipping ? 'skip' : 'append';
    }

    #begin({ sequence, bytes, track, key, time }: Head): void {
        this.#left = bytes;
        this.#waiting ||= this.#next !== undefined && sequence !== this.#next;
        this.#next = (sequence + 1) >>> 0;
        const pictures = [...this.#tracks.values()].some(({ video }) => video);
        if (this.#waiting && key && track?.video === pictures) {
            this.#waiting = false;
        }
        const left = this.#onlyPictures && track?.video !== true;
        this.#skipping = this.#waiting || left;
        if (this.#skipping) {
            this.#dropped += left ? 0 : 1;
        } else if (track !== undefined && key && track.video === pictures) {
            this.#keys.push(time / track.timescale);
        }
    }

    #readInit(view: DataView): void {
        this.#tracks = new Map();
        const flags = new Map<number, number>();
        eachBox(view, 0, view.byteLength, (type, body, end) => {
            if (type === 'moov') {
                eachBox(view, body, end, (inner, at, to) => {
                    if (inner === 'trak') {
                        readTrak(view, at, to, this.#tracks);
                    } else if (inner === 'mvex') {
                        eachBox(view, at, to, (last, place) => last === 'trex' && flags.set(view.getUint32(place + 4), view.getUint32(place + 20)));
                    }
                });
            }
        });
        for (const [id, track] of this.#tracks) {
            track.flags = flags.get(id) ?? 0;
        }
    }
}

function readTrak(view: DataView, from: number, to: number, tracks: Map<number, Track>): void {
    let [id, timescale, video] = [0, 1, false];
    eachBox(view, from, to, (type, body, end) => {
        if (type === 'tkhd') {
            id = view.getUint32(body + (view.getUint8(body) === 1 ? 20 : 12));
        } else if (type === 'mdia') {
            eachBox(view, body, end, (inner, at) => {
                if (inner === 'mdhd') {
                    timescale = view.getUint32(at + (view.getUint8(at) === 1 ? 20 : 12)) || 1;
                } else if (inner === 'hdlr') {
                    video = view.getUint32(at + 8) === 0x76696465; // 'vide'
                }
            });
        }
    });
    tracks.set(id, { video, timescale, flags: 0 });
}

/** An init segment without the tracks that are no pictures. */
function picturesOf(view: DataView, tracks: ReadonlyMap<number, Track>): ArrayBuffer {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const copy = (from: number, to: number): number[] => {
        const kept: number[] = [];
        eachBox(view, from, to, (type, body, end) => {
            const one = new Map<number, Track>();
            if (type === 'trak') {
                readTrak(view, body, end, one);
            }
            const sound = type === 'trex' ? tracks.get(view.getUint32(body + 4))?.video === false : [...one.values()].some(({ video }) => !video);
            if (!sound) {
                const inner = type === 'moov' || type === 'mvex' ? copy(body, end) : bytes.subarray(body, end);
                const size = 8 + inner.length;
                kept.push(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255, ...bytes.subarray(body - 4, body), ...inner);
            }
        });
        return kept;
    };
    return Uint8Array.from(copy(0, view.byteLength)).buffer;
}

/** The beginning of a fragment: its whole `moof`, and the size of its `mdat`. */
function readHead(view: DataView, tracks: ReadonlyMap<number, Track>): Head {
    const moof = view.getUint32(0);
    if (view.getUint32(4) !== 0x6d6f6f66 || moof < 8) {
        throw new RangeError('no moof');
    }
    const bytes = moof + view.getUint32(moof);
    let [sequence, id, time, flags] = [0, 0, 0, undefined as number | undefined];
    eachBox(view, 8, moof, (type, body, end) => {
        if (type === 'mfhd') {
            sequence = view.getUint32(body + 4);
        } else if (type === 'traf' && id === 0) {
            eachBox(view, body, end, (inner, at) => {
                if (inner === 'tfhd') {
                    id = view.getUint32(at + 4);
                } else if (inner === 'tfdt') {
                    time = view.getUint8(at) === 1 ? view.getUint32(at + 4) * 2 ** 32 + view.getUint32(at + 8) : view.getUint32(at + 4);
                } else if (inner === 'trun') {
                    flags = firstFlags(view, at);
                }
            });
        }
    });
    const track = tracks.get(id);
    return { sequence, bytes, track, time, key: ((flags ?? track?.flags ?? 0) & NON_SYNC) === 0 };
}

/** Flags of the first sample of a `trun`; undefined: those of `trex` hold. */
function firstFlags(view: DataView, at: number): number | undefined {
    const what = view.getUint32(at) & 0xffffff;
    const first = at + 8 + (what & 1 ? 4 : 0);
    if (what & 4) {
        return view.getUint32(first);
    }
    return what & 0x400 ? view.getUint32(first + (what & 0x100 ? 4 : 0) + (what & 0x200 ? 4 : 0)) : undefined;
}
