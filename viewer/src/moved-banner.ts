/** What is said across the page while the device may be at another address. */
import { el, put } from './dom.js';
import { t } from './text.js';

/** Answers that are missing in a row: then a device may be at another address. */
const MOVED = 5;

/** The same page with the other scheme: a device that others may reach answers by https alone, one for this machine by http. */
function otherAddress(href: string): string | undefined {
    const url = new URL(href);
    if (url.port === '') {
        return undefined; // another scheme would be another port
    }
    url.protocol = url.protocol === 'https:' ? 'http:' : 'https:';
    return url.href;
}

/** One line; hidden while the device answers. */
export class MovedBanner {
    readonly element = el('div', { class: 'banner', role: 'status', hidden: true });

    /** missing: so many answers in a row. */
    show(missing: number): void {
        const other = missing >= MOVED ? otherAddress(location.href) : undefined;
        if (other !== undefined && this.element.hidden) {
            put(this.element, `${t('offlineMoved')} `, el('a', { href: other }, other));
        }
        this.element.hidden = other === undefined;
    }
}
