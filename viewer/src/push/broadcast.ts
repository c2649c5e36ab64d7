/** The window in which a camera is broadcast: its targets, one more of them. */
import './push.css';
import { send } from '../api.js';
import { Modal } from '../camera/modal.js';
import { el, put, setText } from '../dom.js';
import { getStatus } from '../request.js';
import { t } from '../text.js';
import { type Pushes, readPushes } from './push-data.js';
import { type PushActs, PushRow } from './push-row.js';
import { removeTarget, targetForm } from './target-form.js';

const EVERY_MS = 2000;

class Broadcast {
    readonly #channel: string;
    readonly #rows = new Map<string, PushRow>();
    readonly #list = el('div', {});
    readonly #note = el('p', { class: 'why', role: 'alert' });
    readonly #add: HTMLDetailsElement;
    readonly elements: readonly HTMLElement[];
    #now: Pushes | undefined;
    #timer: ReturnType<typeof setTimeout> | undefined;
    #closed = false;

    constructor(channel: string) {
        this.#channel = channel;
        const form = targetForm(
            () => this.#now?.targets.map(({ name }) => name) ?? [],
            () => {
                this.#add.open = false;
                void this.#refresh();
            },
        );
        this.#add = el('details', { class: 'push-add' }, el('summary', {}, t('pushNew')), form);
        this.elements = [el('p', { class: 'empty' }, t('pushText')), this.#list, this.#note, this.#add];
    }

    async run(): Promise<void> {
        await this.#refresh();
        this.#add.open = this.#now?.targets.length === 0;
        this.#again();
    }

    close(): void {
        this.#closed = true;
        clearTimeout(this.#timer);
        for (const row of this.#rows.values()) {
            row.close();
        }
    }

    #again(): void {
        this.#timer = setTimeout(() => {
            void this.#refresh().finally(() => {
                if (!this.#closed) {
                    this.#again();
                }
            });
        }, EVERY_MS);
    }

    async #refresh(): Promise<void> {
        const [answer, status] = await Promise.all([readPushes(), getStatus()]);
        if (this.#closed) {
            return;
        }
        if (answer.kind !== 'ok') {
            setText(this.#note, t(answer.kind === 'restarting' ? 'restartingText' : 'offlineText'));
            return;
        }
        setText(this.#note, '');
        this.#now = answer.value;
        this.#show(answer.value, status.kind === 'ok' ? status.value.clock?.nowMs : undefined);
    }

    #show({ targets, pushes }: Pushes, nowMs: number | undefined): void {
        const names = targets.map(({ name }) => name);
        if (names.join() !== [...this.#rows.keys()].join()) {
            for (const [name, row] of [...this.#rows]) {
                if (!names.includes(name)) {
                    row.close();
                    this.#rows.delete(name);
                }
            }
            for (const target of targets) {
                const row = this.#rows.get(target.name) ?? new PushRow(target, this.#acts);
                this.#rows.delete(target.name);
                this.#rows.set(target.name, row); // in the order of the settings
            }
            put(this.#list, ...[...this.#rows.values()].map(({ element }) => element));
        }
        for (const [name, row] of this.#rows) {
            row.show(pushes.find(({ channel, target }) => channel === this.#channel && target === name), nowMs);
        }
    }

    readonly #acts: PushActs = {
        start: (target) => this.#do(() => send('POST', `/api/push/${encodeURIComponent(this.#channel)}`, { target })),
        stop: (target) => this.#do(() => send('DELETE', `/api/push/${encodeURIComponent(this.#channel)}/${encodeURIComponent(target)}`)),
        remove: async (target) => {
            const problem = await removeTarget(target);
            await this.#refresh();
            setText(this.#note, problem);
        },
    };

    async #do(work: () => ReturnType<typeof send>): Promise<void> {
        const outcome = await work();
        await this.#refresh();
        setText(this.#note, outcome.ok ? '' : outcome.message || t('notDone'));
    }
}

/** Opens it. name: in paths; title: for people. */
export function openBroadcast(name: string, title: string): void {
    const away = (): void => modal.close();
    const broadcast = new Broadcast(name);
    const modal = new Modal(t('pushOf', { name: title }), () => {
        removeEventListener('hashchange', away);
        broadcast.close();
    });
    addEventListener('hashchange', away);
    modal.fill(...broadcast.elements);
    void broadcast.run();
}
