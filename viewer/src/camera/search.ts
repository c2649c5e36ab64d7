/** Finds cameras of the network, so that nobody has to know an address (docs/design/api.md, `/api/channels/search`). */
import './search.css';
import { type Outcome, send } from '../api.js';
import { el, put, setText } from '../dom.js';
import { each, fields, record, text } from '../json.js';
import { t, word } from '../text.js';
import type { CameraAddressJson, FoundCameraJson } from '../../../modules/http/api-types.js';

/** What was chosen. */
export interface ChosenCamera {
    /** As the camera calls itself, else its maker and model; may be empty. */
    readonly name: string;
    /** Of its main stream, without user and password. */
    readonly address: string;
    readonly user?: string;
    readonly password?: string;
    /** Of its smaller stream. */
    readonly sub?: string;
}

/** Between two looks at a search that runs, and behind an answer that is not there yet. */
const LOOK_MS = 700;
/** Looks at an answer that stays away. */
const LOOKS_MAX = 40;

function parseCamera(value: unknown): FoundCameraJson | undefined {
    const camera = fields<FoundCameraJson>(value);
    const [id, address] = [text(camera?.id), text(camera?.address)];
    if (camera === undefined || id === undefined || address === undefined) {
        return undefined;
    }
    const [name = '', model = '', location = ''] = [text(camera.name), text(camera.model), text(camera.location)];
    return { id, address, name, model, location, channel: text(camera.channel) ?? null };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/** Why a request was not answered. */
function failureText(outcome: Outcome & { ok: false }): string {
    return outcome.status === 403 ? t('searchRefused') : outcome.status === 0 ? t('offlineText') : t('searchFailed');
}

/** A button, what answered, and the login of one that was chosen. Its element may stand within a form. */
export class CameraSearch {
    readonly element = el('div', { class: 'camera-search' });
    readonly #onChoice: (found: ChosenCamera) => void;
    readonly #button = el('button', { type: 'button', click: () => void this.#search() }, t('searchNetwork'));
    readonly #state = el('p', { class: 'state', role: 'status' });
    readonly #list = el('ul', { class: 'found-cameras', 'aria-label': t('searchNetwork'), hidden: true });
    readonly #none = el('div', { hidden: true });
    /** Ids in the list, as it is shown. */
    #shown = '';
    /** Of the camera whose login is asked for; '' none. */
    #open = '';
    /** Counts searches: one that was left is not shown. */
    #turn = 0;

    /** onChoice: the camera has said where its video is. */
    constructor(onChoice: (found: ChosenCamera) => void) {
        this.#onChoice = onChoice;
        const checks = [t('searchNoneNetwork'), t('searchNoneOnvif'), t('searchNoneWait')].map((check) => el('li', {}, check));
        const byAddress = el('button', { type: 'button', class: 'link', click: () => this.#byAddress() }, t('searchByAddress'));
        put(this.#none, el('ul', { class: 'checks' }, ...checks), byAddress);
        put(this.element, this.#button, this.#state, this.#none, this.#list);
    }

    /** To the next field of the form that this stands in. */
    #byAddress(): void {
        const inputs = [...(this.element.closest('form, dialog, main')?.querySelectorAll('input') ?? [])];
        inputs.find((input) => !this.element.contains(input) && !input.disabled)?.focus();
    }

    async #search(): Promise<void> {
        const turn = ++this.#turn;
        const isMine = (): boolean => turn === this.#turn && this.element.isConnected;
        this.#button.disabled = true;
        this.#none.hidden = true;
        this.#open = '';
        this.#show([]);
        setText(this.#state, t('searching'));
        let outcome = await send('POST', '/api/channels/search', { now: true });
        for (let looks = 0; looks < LOOKS_MAX && isMine() && outcome.ok && record(outcome.body)['running'] === true; looks++) {
            this.#show(each(record(outcome.body)['cameras'], parseCamera));
            await pause();
            outcome = await send('POST', '/api/channels/search', {});
        }
        if (isMine()) {
            this.#button.disabled = false;
            setText(this.#button, t('searchAgain'));
            this.#end(outcome);
        }
    }

    #end(outcome: Outcome): void {
        if (!outcome.ok) {
            setText(this.#state, failureText(outcome));
            return;
        }
        const body = record(outcome.body);
        const cameras = each(body['cameras'], parseCamera);
        this.#show(cameras);
        const network = text(body['problem']) === undefined;
        setText(this.#state, !network ? t('searchNoNetwork') : cameras.length > 0 ? t('searchFound', { count: cameras.length }) : t('searchNone'));
        this.#none.hidden = cameras.length > 0 || !network;
    }

    /** The list is made again only when it changes: whoever types in it goes on. */
    #show(cameras: readonly FoundCameraJson[]): void {
        const key = JSON.stringify(cameras);
        if (key === this.#shown) {
            return;
        }
        const known = new Set([...this.#list.children].map((item) => (item as HTMLElement).dataset['id']));
        const gone = cameras.length < known.size;
        if (gone) {
            put(this.#list);
        }
        for (const camera of cameras) {
            if (gone || !known.has(camera.id)) {
                this.#list.append(this.#item(camera));
            }
        }
        this.#shown = key;
        this.#list.hidden = cameras.length === 0;
    }

    #item(camera: FoundCameraJson): HTMLElement {
        const name = camera.name || camera.model || camera.address;
        const lines = [[...new Set([camera.model, camera.location, camera.address])].filter((line) => line !== '' && line !== name).join(' · ')];
        if (camera.channel !== null) {
            lines.push(t('searchAdded', { name: camera.channel }));
        }
        const who = el('div', { class: 'who' }, el('strong', {}, name), ...lines.filter((line) => line !== '').map((line) => el('span', {}, line)));
        const place = el('div', { class: 'credentials', role: 'group', 'aria-label': t('searchLogin', { name }), hidden: true });
        const choose = el('button', { type: 'button', 'aria-label': t('searchChooseName', { name }), 'aria-expanded': 'false' }, t('searchChoose'));
        choose.addEventListener('click', () => {
            const opens = this.#open !== camera.id;
            this.#close();
            if (opens) {
                this.#open = camera.id;
                choose.setAttribute('aria-expanded', 'true');
                this.#askLogin(place, camera, name);
            } else {
                choose.focus();
            }
        });
        const item = el('li', {}, who, choose, place);
        item.dataset['id'] = camera.id;
        return item;
    }

    #close(): void {
        this.#open = '';
        for (const place of this.#list.querySelectorAll<HTMLElement>('.credentials')) {
            place.hidden = true;
            put(place);
        }
        for (const button of this.#list.querySelectorAll('[aria-expanded]')) {
            button.setAttribute('aria-expanded', 'false');
        }
    }

    #askLogin(place: HTMLElement, camera: FoundCameraJson, name: string): void {
        const user = el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' });
        const password = el('input', { type: 'password', autocomplete: 'off' });
        const why = el('p', { class: 'why', role: 'alert' });
        const ask = el('button', { type: 'button', class: 'primary' }, t('searchAsk'));
        const go = async (): Promise<void> => {
            if (ask.disabled) {
                return;
            }
            ask.disabled = true;
            setText(why, '');
            setText(ask, t('searchAsking'));
            const failure = await this.#ask(camera, name, user.value, password.value);
            ask.disabled = false;
            setText(ask, t('searchAsk'));
            setText(why, failure);
        };
        ask.addEventListener('click', () => void go());
        place.onkeydown = (event) => {
            if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
                event.preventDefault(); // the form around is another one
                void go();
            }
        };
        put(place, el('p', { class: 'hint' }, t('searchLogin', { name })), el('label', {}, t('searchUser'), user), el('label', {}, t('searchPassword'), password), ask, why);
        place.hidden = false;
        user.focus();
    }

    /** Why there is no address, one sentence; empty: it was given on. */
    async #ask(camera: FoundCameraJson, name: string, user: string, password: string): Promise<string> {
        const body = { id: camera.id, user, password };
        let outcome = await send('POST', '/api/channels/search/address', body);
        for (let looks = 0; looks < LOOKS_MAX && outcome.ok && record(outcome.body)['running'] === true; looks++) {
            await pause();
            outcome = await send('POST', '/api/channels/search/address', body);
        }
        if (this.#open !== camera.id) {
            return ''; // another one was chosen
        }
        if (!outcome.ok) {
            return outcome.status === 404 ? t('searchGone') : failureText(outcome);
        }
        const found = fields<CameraAddressJson>(outcome.body);
        const [address, sub] = [text(record(found?.main)['input']), text(record(found?.sub)['input'])];
        if (address === undefined) {
            return word('found', text(found?.reason) ?? 'protocol');
        }
        this.#close();
        setText(this.#state, t('searchTaken', { name }));
        const called = camera.name || (text(found?.name) ?? '');
        this.#onChoice({ name: called, address, ...(user !== '' && { user, password }), ...(sub !== undefined && { sub }) });
        return '';
    }
}
