/** What can be done with one camera: record by hand, snapshot, watch link, broadcast, change, remove. On its page, and in the menu of its tile. */
import './actions.css';
import { address, send } from '../api.js';
import { el, put, setText } from '../dom.js';
import { may } from '../rights.js';
import type { Channel } from '../status.js';
import { t } from '../text.js';
import type { Context } from '../view.js';
import { addOrEdit, broadcast, remove, share } from './open.js';
import { manualText } from './recording-words.js';

/** Lengths of a recording by hand that are offered, seconds; 0: until it is ended. */
const lengths = [0, 60, 600, 3600] as const;

function lengthText(seconds: number): string {
    return seconds === 0 ? t('manualOpenChoice') : seconds < 3600 ? t('minutes', { minutes: seconds / 60 }) : t('hours', { hours: seconds / 3600 });
}

/** Buttons of one camera. Those that the device would refuse are hidden. */
export class CameraActions {
    readonly element: HTMLElement;
    readonly #context: Context;
    readonly #onChange: () => void;
    readonly #record = el('button', { type: 'button', class: 'record', click: () => void this.#onRecord() });
    readonly #length = el('select', { 'aria-label': t('manualLength') }, ...lengths.map((seconds) => el('option', { value: String(seconds) }, lengthText(seconds))));
    readonly #running = el('span', { class: 'running' });
    readonly #snapshot = el('a', { class: 'button', target: '_blank', rel: 'noopener' }, t('snapshot'));
    readonly #share = el('button', { type: 'button', click: () => this.#for(({ name, title }) => share(name, title, this.#context.user !== '', this.#note)) }, t('shareBegin'));
    readonly #broadcast = el('button', { type: 'button', click: () => this.#for(({ name, title }) => broadcast(name, title, this.#note)) }, t('push'));
    readonly #edit = el('button', { type: 'button', click: () => this.#for(({ name }) => addOrEdit({ channel: name, onStored: () => this.#changed() }, this.#note)) }, t('edit'));
    readonly #remove = el('button', { type: 'button', click: () => this.#for(({ name, title }) => remove(name, title, () => this.#removed(), this.#note)) }, t('channelRemove'));
    readonly #note = el('p', { class: 'note why', role: 'alert' });
    #channel: Channel | undefined;
    #busy = false;

    /** onChange: its settings were changed. */
    constructor(context: Context, onChange: () => void = () => undefined) {
        this.#context = context;
        this.#onChange = onChange;
        const recording = el('span', { class: 'recording' }, this.#record, this.#length, this.#running);
        this.element = el('div', { class: 'camera-actions', role: 'group' }, recording, this.#snapshot, this.#share, this.#broadcast, this.#edit, this.#remove, this.#note);
    }

    /** With the newest state. */
    update(channel: Channel | undefined): void {
        this.#channel = channel;
        this.element.hidden = channel === undefined;
        if (channel === undefined) {
            return;
        }
        const { name, title, manual } = channel;
        const { status } = this.#context;
        const canRecord = may('record', name);
        this.element.setAttribute('aria-label', t('actionsOf', { name: title }));
        setText(this.#record, t(manual ? 'recordStop' : 'recordNow'));
        this.#record.classList.toggle('on', manual !== undefined);
        this.#record.hidden = !canRecord;
        const isPrivate = status?.privacy?.on === true;
        this.#record.disabled = isPrivate && manual === undefined;
        this.#record.title = isPrivate ? t('privacyOn') : '';
        this.#length.hidden = !canRecord || manual !== undefined;
        setText(this.#running, manualText(channel, status?.clock?.nowMs) ?? '');
        this.#snapshot.href = address(`/snapshot/${encodeURIComponent(name)}.jpg`);
        this.#snapshot.hidden = channel.state !== 'running' || channel.video === undefined;
        this.#share.hidden = !may('share', name);
        this.#broadcast.hidden = !may('change', name);
        this.#edit.hidden = !may('change', name);
        this.#remove.hidden = !may('change', name);
    }

    #for(work: (channel: Channel) => Promise<void>): void {
        if (this.#channel) {
            void work(this.#channel);
        }
    }

    /** By the command: who may operate the camera may give it. */
    async #onRecord(): Promise<void> {
        const channel = this.#channel;
        if (channel === undefined || this.#busy) {
            return;
        }
        const now = channel.manual === undefined;
        const seconds = Number(this.#length.value);
        this.#busy = true; // not disabled: the focus stays
        const outcome = await send('POST', '/api/commands/record', { channel: channel.name, now, ...(now && seconds > 0 && { seconds }) });
        this.#busy = false;
        setText(this.#note, outcome.ok ? '' : outcome.message || t('notDone'));
        this.#context.refresh();
    }

    #changed(): void {
        this.#context.refresh();
        this.#onChange();
    }

    #removed(): void {
        this.#context.refresh();
        location.hash = '#/';
    }
}

/** What to do where there is no camera. */
export function noCamerasText(): string {
    return t(may('change') ? 'noChannelsAdd' : 'noChannelsAsk');
}

/** A button that opens the window for a new camera; Live shows it then. Hidden from who may not. */
export class AddCamera {
    readonly element: HTMLElement;
    readonly #note = el('span', { class: 'why', role: 'alert' });
    readonly #button: HTMLButtonElement;
    readonly #context: Context;

    constructor(context: Context, primary = false) {
        this.#context = context;
        this.#button = el('button', { type: 'button', ...(primary && { class: 'primary' }), click: () => void this.#open() }, t('cameraAdd'));
        this.element = el('span', { class: 'camera-add' }, this.#button, this.#note);
        this.update();
    }

    /** Rights may have come. */
    update(): void {
        this.element.hidden = !may('change');
    }

    async #open(): Promise<void> {
        const stored = (): void => {
            this.#context.refresh();
            location.hash = '#/';
        };
        await addOrEdit({ onStored: stored }, this.#note);
    }
}

/** The same actions behind a button, over a tile. */
export class CameraMenu {
    readonly element: HTMLDetailsElement;
    readonly #summary = el('summary');
    readonly #actions: CameraActions;

    constructor(context: Context) {
        this.#actions = new CameraActions(context);
        this.element = el('details', { class: 'tile-menu', keydown: (event) => this.#onKey(event as KeyboardEvent), focusout: (event) => this.#onLeave(event as FocusEvent) }, this.#summary);
        put(this.element, this.#summary, this.#actions.element);
        this.element.addEventListener('toggle', () => this.#onToggle());
        this.#actions.element.addEventListener('click', (event) => this.#onClick(event));
    }

    /** With the newest state. */
    update(channel: Channel): void {
        this.#summary.setAttribute('aria-label', t('actionsOf', { name: channel.title }));
        this.#actions.update(channel);
    }

    /** A press beside it closes it. */
    readonly #onBeside = ({ target }: Event): void => {
        if (target instanceof Node && !this.element.contains(target)) {
            this.element.open = false;
        }
    };

    #onToggle(): void {
        if (this.element.open) {
            document.addEventListener('pointerdown', this.#onBeside);
        } else {
            document.removeEventListener('pointerdown', this.#onBeside);
        }
    }

    /** A window opens: the focus comes back to the menu. */
    #onClick({ target }: Event): void {
        if (target instanceof HTMLButtonElement && !target.classList.contains('record')) {
            this.element.open = false;
            this.#summary.focus();
        }
    }

    #onKey(event: KeyboardEvent): void {
        if (event.key === 'Escape' && this.element.open) {
            this.element.open = false;
            this.#summary.focus();
        }
    }

    /** To another part of the page: it closes. */
    #onLeave({ relatedTarget }: FocusEvent): void {
        if (relatedTarget instanceof Node && !this.element.contains(relatedTarget)) {
            this.element.open = false;
        }
    }
}
