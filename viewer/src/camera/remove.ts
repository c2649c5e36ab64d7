/** Removes a camera, after a question. */
import { send } from '../api.js';
import { el, setText } from '../dom.js';
import { t } from '../text.js';
import { Modal } from './modal.js';

/** Opens the question. name: in paths; title: for people; onRemoved: the device has done it. */
export function openRemove(name: string, title: string, onRemoved: () => void): void {
    const modal = new Modal(t('cameraRemove'));
    const why = el('p', { class: 'why', role: 'alert' });
    let busy = false;
    const really = async (): Promise<void> => {
        if (busy) {
            return;
        }
        busy = true;
        const outcome = await send('DELETE', `/api/channels/${encodeURIComponent(name)}`);
        busy = false;
        if (outcome.ok) {
            modal.close();
            onRemoved();
        } else {
            setText(why, outcome.message === '' ? t('notDone') : outcome.message);
        }
    };
    const yes = el('button', { type: 'button', class: 'danger', click: () => void really() }, t('channelRemoveYes'));
    const cancel = el('button', { type: 'button', click: () => modal.close() }, t('cancel'));
    modal.fill(el('p', {}, t('channelRemoveSure', { name: title })), why, el('div', { class: 'bar sheet-foot' }, el('span', { class: 'fill' }), cancel, yes));
    cancel.focus();
}
