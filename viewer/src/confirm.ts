/** The last word before something goes that nobody can bring back. */
import { el } from './dom.js';
import { t } from './text.js';

/** Two buttons in place, with the focus on its way back: `cancel` is what Enter does by itself. */
export function confirmBox(text: string, yes: string, really: () => void, cancel: () => void): HTMLElement {
    const onKey = (event: Event): void => {
        if ((event as KeyboardEvent).key === 'Escape') {
            cancel();
        }
    };
    return el(
        'span',
        { class: 'confirm', role: 'group', 'aria-label': text, keydown: onKey },
        el('span', {}, text),
        el('button', { type: 'button', class: 'danger', click: really }, yes),
        el('button', { type: 'button', click: cancel }, t('cancel')),
    );
}
