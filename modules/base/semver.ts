/** Versions as Semantic Versioning 2.0 has them. Pure. */

const part = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const shape = new RegExp(
    `^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-(${part}(?:\\.${part})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);

/** At most 64 characters. */
export function isVersion(text: string): boolean {
    return text.length <= 64 && shape.test(text);
}

/** Numbers by length first: they may be longer than a number of JavaScript. */
function compareNumbers(a: string, b: string): number {
    return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function compareParts(a: string | undefined, b: string | undefined): number {
    if (a === undefined || b === undefined) {
        return a === b ? 0 : a === undefined ? -1 : 1;
    }
    const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (left && right) {
        return compareNumbers(a, b);
    }
    return left !== right ? (left ? -1 : 1) : a < b ? -1 : a > b ? 1 : 0;
}

/** Below 0: `a` is the older one. Both are versions. */
export function compareVersions(a: string, b: string): number {
    const [, ...left] = shape.exec(a) ?? [];
    const [, ...right] = shape.exec(b) ?? [];
    for (let at = 0; at < 3; at++) {
        const order = compareNumbers(left[at] ?? '', right[at] ?? '');
        if (order !== 0) {
            return order;
        }
    }
    const [before, after] = [left[3]?.split('.') ?? [], right[3]?.split('.') ?? []];
    if (before.length === 0 || after.length === 0) {
        return after.length - before.length; // a release is newer than what came before it
    }
    for (let at = 0; at < Math.max(before.length, after.length); at++) {
        const order = compareParts(before[at], after[at]);
        if (order !== 0) {
            return order;
        }
    }
    return 0;
}
