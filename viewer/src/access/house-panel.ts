/** "Phones in this house may watch": a switch, the address to type, and what the phone will say. */
import { address, send } from '../api.js';
import { confirmBox } from '../confirm.js';
import { el, put } from '../dom.js';
import { panel } from '../parts.js';
import { t } from '../text.js';
import { type Network, readNetwork } from './network.js';

/** The panel; it is filled by `refresh`. */
export class HousePanel {
    readonly #switch = el('input', { type: 'checkbox', id: 'house-switch', 'aria-describedby': 'house-hint', change: () => void this.#turn() });
    readonly #hint = el('p', { class: 'hint', id: 'house-hint' });
    readonly #note = el('p', { class: 'note', role: 'status' });
    readonly #more = el('div', { class: 'house' });
    readonly element = panel(
        t('house'),
        el('p', { class: 'empty' }, t('houseText')),
        el('div', { class: 'field flag' }, this.#switch, el('label', { for: 'house-switch' }, t('houseSwitch')), this.#hint),
        this.#note,
        this.#more,
    );
    #hasPassword = false;

    /** hasPassword: somebody could log in. */
    async refresh(hasPassword: boolean): Promise<void> {
        this.#hasPassword = hasPassword;
        const answer = await readNetwork();
        if (answer.kind !== 'ok') {
            this.#switch.disabled = true;
            put(this.#note, t(answer.kind === 'restarting' ? 'restartingText' : 'offlineText'));
            return;
        }
        await this.#show(answer.value);
    }

    async #show(network: Network): Promise<void> {
        const { open, fixed } = network;
        this.#switch.checked = open;
        this.#switch.disabled = fixed || (!this.#hasPassword && !open);
        put(this.#hint, fixed ? t('houseFixed') : !this.#hasPassword && !open ? t('housePassword') : undefined);
        // an address that waits for a restart leads nowhere yet
        put(this.#more, ...(network.waits ? [this.#restart(network)] : open && this.#hasPassword ? await this.#addresses(network) : []));
    }

    async #turn(): Promise<void> {
        const on = this.#switch.checked;
        this.#switch.disabled = true;
        const outcome = await send('PATCH', '/api/settings', { listen: on ? ['0.0.0.0'] : ['127.0.0.1'] });
        put(this.#note, outcome.ok ? undefined : outcome.message === '' ? t('notDone') : outcome.message);
        await this.refresh(this.#hasPassword);
        this.#switch.focus();
    }

    /** What is chosen holds after a restart, which can be had here. */
    #restart(network: Network): HTMLElement {
        const place = el('div', { class: 'bar' });
        const offer = (): HTMLButtonElement => el('button', { type: 'button', class: 'primary', click: ask }, t('houseRestart'));
        const back = (): void => {
            const button = offer();
            put(place, button);
            button.focus();
        };
        const ask = (): void => {
            put(place, confirmBox(t('houseRestartSure'), t('houseRestartYes'), () => void this.#startAgain(network), back));
            place.querySelector('button')?.focus();
        };
        put(place, offer());
        return el('div', {}, el('p', { class: 'note' }, t('houseWaits')), place);
    }

    async #startAgain(network: Network): Promise<void> {
        const outcome = await send('POST', '/api/restart');
        if (!outcome.ok) {
            put(this.#note, outcome.message === '' ? t('notDone') : outcome.message);
            return;
        }
        // the scheme changes with the listener, so this page cannot follow by itself
        const here = new URL(address('/'));
        here.protocol = network.open ? 'https:' : 'http:';
        here.hash = '#/access';
        put(this.#note, t('houseStarts'), ' ', el('a', { href: here.href, class: 'link' }, here.href));
        put(this.#more, ...(network.open ? await this.#addresses(network) : []));
    }

    async #addresses({ addresses, fingerprint }: Network): Promise<HTMLElement[]> {
        const [first] = addresses;
        if (first === undefined) {
            return [el('p', { class: 'note' }, t('houseNone'))];
        }
        const code = el('div', {});
        const link = el('a', { class: 'link', rel: 'noreferrer' });
        const choose = async (url: string): Promise<void> => {
            link.href = url;
            link.textContent = url;
            try {
                const { drawQr } = await import('./qr.js');
                put(code, drawQr(url, t('houseCode', { address: url })));
            } catch {
                put(code); // the address stands beside it
            }
        };
        const select = el('select', { change: () => void choose(select.value) }, ...addresses.map((url) => el('option', { value: url }, url)));
        await choose(first);
        return [
            el('p', {}, t('houseType')),
            addresses.length > 1 ? el('label', { class: 'field' }, t('houseAddress'), select) : el('span', {}),
            el('p', { class: 'address' }, link),
            code,
            el('p', { class: 'hint' }, t('houseWarns')),
            ...(fingerprint === '' ? [] : [el('p', { class: 'hint' }, t('houseFingerprint')), el('code', { class: 'fingerprint' }, fingerprint)]),
        ];
    }
}
