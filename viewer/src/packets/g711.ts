/** G.711 (ITU-T G.711): one byte, one sample. */

function muLaw(byte: number): number {
    const value = ~byte & 0xff;
    const magnitude = ((((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4)) - 0x84;
    return (value & 0x80) !== 0 ? -magnitude : magnitude;
}

function aLaw(byte: number): number {
    const value = byte ^ 0x55;
    const segment = (value & 0x70) >> 4;
    const low = ((value & 0x0f) << 4) + 8;
    const magnitude = segment === 0 ? low : (low + 0x100) << (segment - 1);
    return (value & 0x80) !== 0 ? magnitude : -magnitude;
}

const table = (decode: (byte: number) => number): Float32Array => Float32Array.from({ length: 256 }, (_, byte) => decode(byte) / 32768);
const tables: Readonly<Record<string, Float32Array>> = { ulaw: table(muLaw), alaw: table(aLaw) };

/** Whether `decodeG711` knows this sample entry. */
export function isG711(codec: string): boolean {
    return Object.hasOwn(tables, codec);
}

/** Samples of each channel, -1 to 1. Bytes of channels alternate; what is left over at the end is dropped. */
export function decodeG711(codec: string, data: Uint8Array, channels: number): Float32Array<ArrayBuffer>[] {
    const values = tables[codec];
    if (values === undefined || channels < 1) {
        return [];
    }
    const count = Math.floor(data.length / channels);
    return Array.from({ length: channels }, (_, channel) =>
        Float32Array.from({ length: count }, (_sample, n) => values[data[n * channels + channel] ?? 0] ?? 0),
    );
}
