/** Zones of a picture as the settings hold them: polygons in percent, `0,50 100,50 50,100; …`. Pure. */

/** A corner: percent from the left and from the top, whole. */
export type Corner = readonly [x: number, y: number];
/** At least three corners. */
export type Zone = readonly Corner[];

/** The device takes no more. */
export const [zonesMax, cornersMax] = [8, 16];

/** Whole, 0 to 100. */
export function percent(value: number): number {
    return Math.min(Math.max(Math.round(value), 0), 100);
}

/** Zones of a setting; what is no zone is left out. */
export function parseZones(text: string): Zone[] {
    return text
        .split(';')
        .map((zone) => [...zone.matchAll(/(\d{1,3}),(\d{1,3})/g)].map(([, x, y]): Corner => [percent(Number(x)), percent(Number(y))]))
        .filter((zone) => zone.length >= 3);
}

/** As the setting holds them. */
export function zonesText(zones: readonly Zone[]): string {
    return zones.map((zone) => zone.map((corner) => corner.join(',')).join(' ')).join('; ');
}

/** A zone to begin with: the middle of the picture, a little further for each that is there. */
export function newZone(count: number): Zone {
    const from = 25 + (count % 4) * 5;
    return [
        [from, from],
        [from + 40, from],
        [from + 40, from + 40],
        [from, from + 40],
    ];
}

/** With a corner moved. */
export function moved(zone: Zone, index: number, to: Corner): Zone {
    return zone.map((corner, n) => (n === index ? [percent(to[0]), percent(to[1])] : corner));
}

/** With another corner in the middle of the longest side; as it is when it has as many as there may be. */
export function withCorner(zone: Zone): Zone {
    if (zone.length >= cornersMax) {
        return zone;
    }
    const sides = zone.map(([x, y], n) => {
        const [a = x, b = y] = zone[(n + 1) % zone.length] ?? [];
        return { length: Math.hypot(a - x, b - y), middle: [percent((x + a) / 2), percent((y + b) / 2)] as const, at: n + 1 };
    });
    const longest = sides.reduce((best, side) => (side.length > best.length ? side : best));
    return [...zone.slice(0, longest.at), longest.middle, ...zone.slice(longest.at)];
}
