/** A watch link for one camera. */
import { address, send } from '../api.js';
import { el, put } from '../dom.js';
import { record, text } from '../json.js';
import { lifetimeSelect, lifetimeText } from '../link-lifetimes.js';
import { t } from '../text.js';
import { Modal } from './modal.js';

/** Where nobody logs in, nobody else comes to the page: why there is no link, and what to do. */
function reasonNot(): HTMLElement[] {
    const settings = el('a', { class: 'button', href: '#/settings' }, t('settings'));
    return [el('p', {}, t('shareNoLogin')), el('div', { class: 'bar' }, settings)];
}

/** Opens it. name: in paths; title: for people; hasLogin: whoever looks at the page is logged in. */
export function openShare(name: string, title: string, hasLogin: boolean): void {
    const away = (): void => modal.close();
    const modal = new Modal(t('shareOf', { name: title }), () => removeEventListener('hashchange', away));
    addEventListener('hashchange', away);
    if (!hasLogin) {
        modal.fill(...reasonNot());
        return;
    }
    const seconds = lifetimeSelect();
    const label = el('input', { type: 'text', maxlength: '48', autocomplete: 'off' });
    const result = el('div', { class: 'camera-result', role: 'status' });
    const make = async (event: Event): Promise<void> => {
        event.preventDefault();
        const outcome = await send('POST', '/api/links', { channel: name, seconds: Number(seconds.value), ...(label.value.trim() !== '' && { name: label.value.trim() }) });
        const page = text(record(outcome.ok ? outcome.body : undefined)['page']);
        if (page === undefined) {
            put(result, el('p', { class: 'why' }, outcome.ok || outcome.message === '' ? t('notDone') : outcome.message));
            return;
        }
        const link = address(page);
        const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
        // told once: the device does not keep it
        const said = copied === true ? t('shared', { time: lifetimeText(Number(seconds.value)) }) : t('shareCopy', { time: lifetimeText(Number(seconds.value)) });
        put(result, el('p', {}, said), el('a', { href: link, class: 'link', rel: 'noreferrer', target: '_blank' }, link));
    };
    const form = el(
        'form',
        { class: 'fields', submit: (event) => void make(event) },
        el('p', { class: 'empty' }, t('linksText')),
        el('label', { class: 'field' }, t('linkFor'), seconds),
        el('label', { class: 'field' }, t('linkName'), label),
        result,
        el('div', { class: 'bar sheet-foot' }, el('a', { href: '#/access' }, t('links')), el('span', { class: 'fill' }), el('button', { type: 'submit', class: 'primary' }, t('share'))),
    );
    modal.fill(form);
}
