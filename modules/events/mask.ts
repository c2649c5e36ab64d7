/** The mask of events (requirement A7): bit n is 1 << (n - 1), a uint32. Pure. */
import { kindBits } from 'ocellus/command';

const kinds = Object.entries(kindBits);

/** The first bit of the vendor; those between it and `linkage` are reserved. */
const vendorFirst = 17;
const bits = 32;

function bitOf(number: number): number {
    return (1 << (number - 1)) >>> 0;
}

/** A mask as uint32. Throws `RangeError` for 0, for a reserved bit, and for what is no whole number of 32 bits. */
export function checkMask(mask: number): number {
    const whole = Number.isInteger(mask) && mask >= -2_147_483_648 && mask <= 4_294_967_295;
    const word = whole ? mask >>> 0 : 0;
    const reserved = word & 0x0000fff0;
    if (word === 0 || reserved !== 0) {
        const empty = whole ? 'a mask has one of its bits at least' : 'a mask is a whole number of 32 bits';
        const why = reserved === 0 ? empty : 'bits 5 to 16 are reserved';
        throw new RangeError(`mask ${String(mask)} is not allowed: ${why}`);
    }
    return word;
}

/** Kinds of the bits of a mask that was checked, from the lowest on: "motion", …, "vendor-18" to "vendor-32". */
export function kindsOf(mask: number): readonly string[] {
    const found: string[] = [];
    for (let number = 1; number <= bits; number++) {
        if ((mask & bitOf(number)) !== 0) {
            found.push(kinds.find(([, bit]) => bit === number)?.[0] ?? `vendor-${number}`);
        }
    }
    return found;
}

/** The bit of a kind; 0: it has none. */
export function maskOf(kind: string): number {
    const known = kinds.find(([name]) => name === kind)?.[1];
    const [, given] = /^vendor-(\d\d)$/.exec(kind) ?? [];
    const number = known ?? (given === undefined ? 0 : Number(given));
    const isVendors = number >= vendorFirst && number <= bits && !kinds.some(([, bit]) => bit === number);
    return known !== undefined || isVendors ? bitOf(number) : 0;
}
