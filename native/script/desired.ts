/** What the settings want, as bytes for the host: `oc_desired_head_t` and `oc_desired_channel_t` (oc_command.h). Pure. */

/** One channel of the settings. */
export interface DesiredChannel {
    readonly name: string;
    /** For people: at most 64 characters. */
    readonly title: string;
    /** As in `openChannel`. */
    readonly hash: number;
    /** Why it does not run, without secrets; '': nothing is known. */
    readonly problem: string;
    /** Number of the error behind it; 0: none. */
    readonly failure: number;
    /** Of its addresses: 0 none, 1 verified, 2 pinned, 3 not looked at. */
    readonly tls: number;
    readonly subTls: number;
    /** Recorded by hand until then, seconds since 1970; 0: not; Infinity: until it is ended. */
    readonly byHandUntil: number;
    /** The settings want it recorded whatever the hour and whatever happens. */
    readonly always: boolean;
}

/** What the settings want, for whoever answers in the place of the script. */
export interface Desired {
    /** Of recordings. */
    readonly name: string;
    readonly zone: { readonly name: string; readonly posix: string; readonly offsetMinutes: number };
    readonly channels: readonly DesiredChannel[];
}

const headBytes = 200;
const channelBytes = 456;

/** Bytes of a text, at most `size`; a longer one ends with a whole word. */
function fitting(bytes: Uint8Array, size: number): Uint8Array {
    const space = bytes.length > size ? bytes.lastIndexOf(32, size) : -1;
    return bytes.subarray(0, space > 0 ? space : size);
}

/** Texts that are longer are cut. */
export function desiredBytes({ name, zone, channels }: Desired): Uint8Array {
    const bytes = new Uint8Array(headBytes + channels.length * channelBytes);
    const words = new DataView(bytes.buffer);
    const encoder = new TextEncoder();
    const put = (text: string, at: number, size: number): void => {
        bytes.set(fitting(encoder.encode(text), size - 1), at);
    };
    put(name, 0, 64);
    put(zone.name, 64, 64);
    put(zone.posix, 128, 64);
    words.setInt32(192, zone.offsetMinutes, true);
    words.setUint32(196, channels.length, true);
    channels.forEach((channel, index) => {
        const at = headBytes + index * channelBytes;
        put(channel.name, at, 32);
        words.setUint32(at + 32, channel.hash, true);
        words.setUint8(at + 36, channel.tls);
        words.setUint8(at + 37, channel.subTls);
        words.setUint8(at + 38, -channel.failure);
        put(channel.problem, at + 39, 217);
        put(channel.title, at + 260, 195);
        words.setUint8(at + 455, Number(channel.always));
        words.setUint32(at + 256, Math.min(channel.byHandUntil, 0xffff_ffff), true);
    });
    return bytes;
}
