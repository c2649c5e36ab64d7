/** Small pictures of events: their own, else that of their instant, else the shape of their kind. */
import { address } from '../api.js';
import { el, put } from '../dom.js';
import { type DayEvent, thumbnail } from './data.js';
import { kindIcon } from './kinds.js';

/** A device that makes no pictures of instants is not asked for one after the other. */
const [failuresMax, pauseMs] = [3, 60_000];
let [failures, failedMs] = [0, 0];

function mayFetch(): boolean {
    return failures < failuresMax || Date.now() - failedMs > pauseMs;
}

/** In a place of its own size. Nothing is fetched before it is nearly seen. none: what is shown without a picture; else the kind. */
export function shotOf(event: DayEvent, none: () => Element | undefined = () => kindIcon(event.kind)): HTMLElement {
    const holder = el('span', { class: 'shot' });
    const nothing = (): void => {
        put(holder, none());
        holder.classList.add('none');
    };
    const show = (source: string, failed: () => void, came: () => void = () => undefined): void => {
        put(holder, el('img', { src: source, alt: '', loading: 'lazy', decoding: 'async', error: failed, load: came }));
    };
    const ofInstant = (): void => {
        if (event.channel === '' || !mayFetch()) {
            nothing();
            return;
        }
        const failed = (): void => {
            [failures, failedMs] = [failures + 1, Date.now()];
            nothing();
        };
        show(thumbnail(event.channel, event.start), failed, () => (failures = 0));
    };
    if (event.picture === undefined) {
        ofInstant();
    } else {
        show(address(event.picture), ofInstant);
    }
    return holder;
}
