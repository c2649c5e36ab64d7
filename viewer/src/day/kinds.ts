/** How kinds of events look: a shape and a colour each, so that nobody needs the colour. */
import { word } from '../text.js';
import { drawing } from './icons.js';

/** One kind. */
export interface Look {
    /** Path in a box of 16 by 16. */
    readonly shape: string;
    /** Property of style.css. */
    readonly color: string;
}

const looks: Readonly<Record<string, Look>> = {
    motion: { shape: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z', color: '--kind-motion' },
    human: { shape: 'M8 1a3.2 3.2 0 1 1 0 6.4A3.2 3.2 0 1 1 8 1zM2.5 15c0-4 2-6.4 5.5-6.4s5.5 2.4 5.5 6.4z', color: '--kind-human' },
    sound: { shape: 'M8 1.5L15 14.5H1z', color: '--kind-sound' },
    linkage: { shape: 'M2 2h12v12H2z', color: '--kind-linkage' },
    doorbell: { shape: 'M8 .5L15.5 8L8 15.5L.5 8z', color: '--kind-doorbell' },
    bookmark: { shape: 'M3 1h10v14l-5-4l-5 4z', color: '--kind-bookmark' },
    kept: { shape: 'M3 1h10v14l-5-4l-5 4z', color: '--kind-bookmark' },
};
const other: Look = { shape: 'M6 1h4v5h5v4h-5v5H6v-5H1V6h5z', color: '--kind-other' };

/** Kinds that the page has a look for. */
export const knownKinds: readonly string[] = Object.keys(looks);

/** The look of a kind; what is not known has one look together. */
export function lookOf(kind: string): Look {
    return Object.hasOwn(looks, kind) ? (looks[kind] ?? other) : other;
}

/** The name of a kind as people read it, with a capital. */
export function kindText(kind: string): string {
    const name = word('event', kind);
    return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The shape of a kind as a picture; nothing for a screen reader, for its name stands beside it. */
export function kindIcon(kind: string): SVGElement {
    const { shape, color } = lookOf(kind);
    const { icon, path } = drawing(shape, 'kind');
    path.style.fill = `var(${color})`;
    return icon;
}
