/** One window to add a camera and to correct one: address, login, name, recording; it is tried before it is kept. */
import { get, type Outcome, send } from '../api.js';
import { el, put, setText } from '../dom.js';
import { reasonText } from '../input-text.js';
import { fields, list, record, text } from '../json.js';
import { t, word } from '../text.js';
import { addOf, type CameraFields, canConvert, changeOf, converting, converts, type Entry, fieldsOf, type Found, hasPassword, recordModes, testOf, trusting } from './entry.js';
import { Modal } from './modal.js';
import { CameraSearch } from './search.js';
import { tryCamera } from './trial.js';

/** What is known of it already. */
export interface CameraDialogOptions {
    /** Name in paths of the camera that is changed; left out: one is added. */
    readonly channel?: string;
    /** For the fields of a new one. */
    readonly address?: string;
    readonly name?: string;
    readonly user?: string;
    /** The device has stored it. name: in paths; added: it is new. May be called again when it is corrected. */
    readonly onStored?: (name: string, added: boolean) => void;
}

type Key = 'input' | 'user' | 'password' | 'title' | 'mode';
type Control = HTMLInputElement | HTMLSelectElement;

/** A control with its label, its hint and what is wrong with it. */
class Field {
    readonly element: HTMLElement;
    readonly #control: Control;
    readonly #why: HTMLElement;

    constructor(id: string, label: string, control: Control, hint: string, more?: HTMLElement) {
        this.#control = control;
        this.#why = el('span', { class: 'why', id: `camera-${id}-why`, role: 'alert' });
        control.id = `camera-${id}`;
        control.setAttribute('aria-describedby', `camera-${id}-hint camera-${id}-why`);
        control.addEventListener('input', () => this.say());
        const row = more === undefined ? control : el('span', { class: 'with-button' }, control, more);
        this.element = el('div', { class: 'field' }, el('label', { for: control.id }, label), row, el('span', { class: 'hint', id: `camera-${id}-hint` }, hint), this.#why);
    }

    /** Nothing: it is right. remedy: a button that mends it. */
    say(problem = '', remedy?: HTMLElement): void {
        put(this.#why, problem, remedy && ' ', remedy);
        if (problem === '') {
            this.#control.removeAttribute('aria-invalid');
        } else {
            this.#control.setAttribute('aria-invalid', 'true');
            this.#control.focus();
        }
    }
}

/** A text field of the dialogue. */
function input(attributes: Readonly<Record<string, string>> = {}): HTMLInputElement {
    return el('input', { type: 'text', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', ...attributes });
}

/** The dialogue. */
class CameraDialog {
    readonly #options: CameraDialogOptions;
    readonly #stop = new AbortController();
    readonly #modal: Modal;
    /** What the search brought last. */
    #found: Found | undefined;
    /** The place of the search of the network. */
    readonly #search = el('div', { class: 'camera-search' });
    readonly #input = input({ inputmode: 'url', placeholder: 'rtsp://192.168.1.20/stream1' });
    readonly #user = input({ maxlength: '64' });
    readonly #password = input({ type: 'password', autocomplete: 'new-password', maxlength: '128' });
    readonly #title = input({ maxlength: '64', autocapitalize: 'words' });
    readonly #mode = el('select', { change: () => this.#showMotion() });
    readonly #motion = el('input', { type: 'checkbox', id: 'camera-motion' });
    readonly #motionRow = el('div', { class: 'field flag' }, this.#motion, el('label', { for: 'camera-motion' }, t('set.motionEnabled')), el('span', { class: 'hint' }, t('hint.motionEnabled')));
    readonly #convert = el('input', { type: 'checkbox', id: 'camera-convert', change: () => this.#choose({ address: converting(this.#input.value, this.#convert.checked) }) });
    readonly #convertRow = el('div', { class: 'field flag' }, this.#convert, el('label', { for: 'camera-convert' }, t('cameraConvert')), el('span', { class: 'hint' }, t('cameraConvertHint')));
    readonly #fields: Readonly<Record<Key, Field>>;
    readonly #result = el('div', { class: 'camera-result', role: 'status' });
    readonly #test = el('button', { type: 'button', click: () => void this.#onTest() }, t('cameraTest'));
    readonly #save = el('button', { type: 'submit', class: 'primary' }, t('save'));
    readonly #cancel = el('button', { type: 'button', click: () => this.#modal.close() }, t('cancel'));
    /** The camera as the device has it; undefined: it is new. */
    #entry: Entry | undefined;
    #busy = false;

    constructor(options: CameraDialogOptions) {
        this.#options = options;
        const show: HTMLButtonElement = el('button', { type: 'button', 'aria-pressed': 'false', click: () => this.#reveal(show) }, t('cameraShow'));
        this.#fields = {
            input: new Field('input', t('cameraAddress'), this.#input, t('cameraAddressHint')),
            user: new Field('user', t('cameraUser'), this.#user, ''),
            password: new Field('password', t('cameraPassword'), this.#password, t('cameraLoginHint'), show),
            title: new Field('title', t('cameraTitle'), this.#title, t('cameraTitleHint')),
            mode: new Field('mode', t('cameraRecord'), this.#mode, ''),
        };
        this.#input.addEventListener('input', () => this.#showConvert());
        if (options.channel === undefined) {
            const search = new CameraSearch((found) => {
                this.#found = found;
                this.#choose(found);
            });
            put(this.#search, search.element);
        }
        this.#modal = new Modal(t(options.channel === undefined ? 'cameraAdd' : 'cameraEdit'), () => this.#stop.abort());
        this.#modal.fill(el('p', { class: 'empty', role: 'status' }, t('loading')));
        void this.#load();
    }

    /** Puts what was found into the fields. */
    #choose({ name, address, user, password }: { readonly name?: string; readonly address?: string; readonly user?: string; readonly password?: string }): void {
        this.#input.value = address ?? this.#input.value;
        this.#user.value = user ?? this.#user.value;
        this.#password.value = password ?? this.#password.value;
        this.#title.value = name ?? this.#title.value;
        this.#fields.input.say();
        this.#showConvert();
    }

    /** The address says it. */
    #showConvert(): void {
        this.#convertRow.hidden = !canConvert(this.#input.value);
        this.#convert.checked = converts(this.#input.value);
    }

    /** Whether the device lets cameras be changed, and how this one is. */
    async #load(): Promise<void> {
        const { channel } = this.#options;
        const settings = await get('/api/settings', fields<Record<string, unknown>>);
        const entry = channel === undefined ? undefined : await get(`/api/channels/${encodeURIComponent(channel)}`, fields<Record<string, unknown>>);
        if (this.#stop.signal.aborted) {
            return;
        }
        const isFixed = settings.kind === 'ok' && list(settings.value['fixed']).includes('channels');
        if (settings.kind !== 'ok' || isFixed || (entry !== undefined && entry.kind !== 'ok')) {
            const again = el('button', { type: 'button', click: () => void this.#load() }, t('tryAgain'));
            this.#modal.fill(el('p', { role: 'alert' }, t(isFixed ? 'cameraFixed' : 'settingsFailed')), el('div', { class: 'bar' }, isFixed ? undefined : again, this.#cancel));
            return;
        }
        this.#entry = entry?.value;
        this.#show(fieldsOf(this.#entry));
        this.#choose(this.#options);
        const submit = (event: Event): void => {
            event.preventDefault();
            void this.#onSave();
        };
        const { input: address, user, password, title, mode } = this.#fields;
        const login = el('div', { class: 'camera-login' }, user.element, password.element);
        const bar = el('div', { class: 'bar sheet-foot' }, this.#test, el('span', { class: 'fill' }), this.#cancel, this.#save);
        this.#modal.fill(el('form', { class: 'fields', novalidate: true, submit }, this.#search, address.element, login, title.element, mode.element, this.#motionRow, this.#convertRow, this.#result, bar));
        this.#input.focus();
    }

    #show({ input: address, user, title, mode, motion }: CameraFields): void {
        this.#input.value = address;
        this.#user.value = user;
        this.#title.value = title;
        this.#password.value = '';
        this.#password.placeholder = hasPassword(this.#entry) ? t('cameraPasswordKept') : '';
        const modes = recordModes.some((one) => one === mode) ? recordModes : [...recordModes, mode];
        put(this.#mode, ...modes.map((one) => el('option', { value: one, selected: one === mode }, word('recordMode', one))));
        this.#motion.checked = motion;
        this.#showConvert();
        this.#showMotion();
    }

    #showMotion(): void {
        this.#motionRow.hidden = !this.#mode.value.includes('event');
    }

    #reveal(button: HTMLButtonElement): void {
        const shown = this.#password.type === 'password';
        this.#password.type = shown ? 'text' : 'password';
        button.setAttribute('aria-pressed', String(shown));
        setText(button, t(shown ? 'cameraHide' : 'cameraShow'));
    }

    /** undefined: something is missing, and said so. */
    #read(): CameraFields | undefined {
        for (const field of Object.values(this.#fields)) {
            field.say();
        }
        if (this.#input.value.trim() === '') {
            this.#fields.input.say(t('mustGive'));
            return undefined;
        }
        return { input: this.#input.value.trim(), user: this.#user.value.trim(), password: this.#password.value, title: this.#title.value.trim(), mode: this.#mode.value, motion: this.#motion.checked };
    }

    /** One thing at a time. */
    async #work(says: string, work: (given: CameraFields) => Promise<void>): Promise<void> {
        const given = this.#busy ? undefined : this.#read();
        if (given === undefined) {
            return;
        }
        this.#setBusy(true);
        put(this.#result, el('p', { class: 'empty' }, says));
        await work(given);
        this.#result.scrollIntoView({ block: 'nearest' });
        this.#setBusy(false);
    }

    /** Buttons that were disabled would lose the focus. */
    #setBusy(busy: boolean): void {
        this.#busy = busy;
        for (const button of [this.#test, this.#save]) {
            button.setAttribute('aria-disabled', String(busy));
        }
    }

    async #onTest(): Promise<void> {
        await this.#work(t('cameraTesting'), async (given) => {
            const trial = await tryCamera(testOf(given, this.#entry), this.#stop.signal);
            switch (trial?.kind) {
                case 'works':
                    put(this.#result, el('p', {}, el('strong', {}, t('cameraWorks')), ' ', trial.what), trial.picture);
                    break;
                case 'fails':
                    this.#showProblem(t('cameraFails'), trial);
                    break;
                case 'refused':
                    this.#refuse(trial.outcome);
                    break;
                default:
            }
        });
    }

    async #onSave(): Promise<void> {
        await this.#work(t('saving'), async (given) => {
            const entry = this.#entry;
            const name = text(entry?.['name']) ?? '';
            const change = entry === undefined ? addOf(given, this.#found) : changeOf(given, entry);
            if (entry !== undefined && Object.keys(change).length === 0) {
                this.#modal.close();
                return;
            }
            const outcome = await (entry === undefined ? send('POST', '/api/channels', change) : send('PATCH', `/api/channels/${encodeURIComponent(name)}`, change));
            if (this.#stop.signal.aborted) {
                return;
            }
            if (!outcome.ok) {
                this.#refuse(outcome);
                return;
            }
            this.#stored(record(outcome.body), entry === undefined);
        });
    }

    /** One that does not work stays open to be corrected. */
    #stored(entry: Entry, added: boolean): void {
        const [name, problem] = [text(entry['name']) ?? '', text(entry['problem'])];
        if (problem === undefined) {
            this.#modal.close();
            this.#options.onStored?.(name, added);
            return;
        }
        this.#entry = entry;
        this.#show(fieldsOf(entry));
        setText(this.#cancel, t('close'));
        this.#showProblem(t('cameraStoredFails'), { problem, reason: text(entry['reason']) });
        this.#options.onStored?.(name, added);
    }

    /** In the reader's words, then in those of the device. */
    #showProblem(what: string, { problem, reason }: { readonly problem: string; readonly reason: string | undefined }): void {
        const said = reasonText({ problem, reason }) ?? problem;
        const trusted = trusting(this.#input.value.trim(), problem);
        const trust = (): void => {
            this.#choose({ address: trusted ?? '' });
            void this.#onTest();
        };
        put(
            this.#result,
            el('p', { class: 'why' }, el('strong', {}, what), ' ', said),
            said === problem ? undefined : el('details', {}, el('summary', {}, t('details')), el('p', { class: 'what' }, problem)),
            trusted === undefined ? undefined : el('p', {}, el('button', { type: 'button', click: trust }, t('cameraTrust'))),
        );
        if (reason === 'password') {
            this.#fields.password.say(said);
        }
    }

    /** What the device does not take, at the field that it names. */
    #refuse({ message, at, proposal }: Extract<Outcome, { ok: false }>): void {
        const key = at === 'name' ? 'title' : at.startsWith('record') ? 'mode' : at;
        const field = Object.hasOwn(this.#fields, key) ? this.#fields[key as Key] : undefined;
        const said = message === '' ? t('notDone') : message;
        put(this.#result);
        if (field === undefined) {
            put(this.#result, el('p', { class: 'why' }, said));
            return;
        }
        const use = (): void => {
            this.#choose({ address: proposal });
            this.#input.focus();
        };
        // what is meant is said by the button
        field.say(proposal === '' ? said : t('cameraBare'), proposal === '' ? undefined : el('button', { type: 'button', click: use }, t('cameraUse', { address: proposal })));
    }
}

/** Opens the dialogue. It closes by itself when the camera is stored and works. */
export function openCameraDialog(options: CameraDialogOptions = {}): void {
    new CameraDialog(options);
}
