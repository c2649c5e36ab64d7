/** What the first picture does not need is loaded after it. */
import { allTexts } from './text.js';

/** Nobody waits longer than this for a picture that does not come. */
const PATIENCE_MS = 4000;

/** What is loaded then leaves the machine to the decoder for so long. */
const SETTLE_MS = 100;

let seen: () => void = () => undefined;
const first = new Promise<void>((resolve) => {
    seen = resolve;
});

/** The first picture of the page is there, or it is known that none comes. May be called often. */
export function pictureSeen(): void {
    seen();
}

/** Resolves after `pictureSeen`, or when that takes too long. */
export async function afterFirst(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([first, new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
    clearTimeout(timer);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

/** Code of a room, with the styles and texts that the first picture does without. @throws when one of them cannot be loaded */
export async function loadRoom<T>(code: Promise<T>): Promise<T> {
    const [loaded] = await Promise.all([code, import('./rooms.js'), allTexts()]);
    return loaded;
}
