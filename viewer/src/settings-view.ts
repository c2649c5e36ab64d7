/** The settings of the device and of its channels. Loaded when somebody opens it. */
import { get, type Outcome, send } from './api.js';
import { readApp } from './application.js';
import { AddCamera } from './camera/actions.js';
import { confirmBox } from './confirm.js';
import { el, put } from './dom.js';
import { reasonText } from './input-text.js';
import { fields, list, record, text } from './json.js';
import { StoragePanel } from './day/storage-panel.js';
import type { Route } from './route.js';
import { channelFields, type Group, groups, interrupts } from './settings-fields.js';
import { restartKeys, SettingsForm } from './settings-form.js';
import { backupPanel } from './settings-backup.js';
import { modesPanel } from './settings-modes.js';
import './settings.css';
import { t, word } from './text.js';
import type { Context, View } from './view.js';

interface Settings {
    readonly tree: Readonly<Record<string, unknown>>;
    /** Keys given on the command line. */
    readonly fixed: readonly string[];
}

function parseSettings(value: unknown): Settings | undefined {
    const tree = fields<Record<string, unknown>>(value);
    return tree && { tree, fixed: list(tree['fixed']).filter((key) => typeof key === 'string') };
}

function parseChannels(value: unknown): Readonly<Record<string, unknown>>[] | undefined {
    const channels = record(value)['channels'];
    return Array.isArray(channels) ? channels.map(record) : undefined;
}

/** Groups with a basic setting come first. */
const ordered = [...groups].sort((a, b) => Number(b.fields.some(({ basic }) => basic)) - Number(a.fields.some(({ basic }) => basic)));

/** The view of settings. */
export class SettingsView implements View {
    readonly element = el('div', { class: 'wide settings' });
    readonly title = t('settings');
    readonly #add: AddCamera;
    readonly #storage = new StoragePanel(() => undefined);
    #closed = false;

    constructor(context: Context) {
        this.#add = new AddCamera(context);
        put(this.element, el('p', { class: 'empty', role: 'status' }, t('loading')));
        void this.#load('');
    }

    show(route: Route): boolean {
        return route.kind === 'settings';
    }

    update(): void {
        this.#add.update(); // what is being edited stays as it is
        this.#storage.update(undefined);
    }

    close(): void {
        this.#closed = true;
    }

    /** said: shown at the channels after it came. */
    async #load(said: string): Promise<void> {
        const answer = await get('/api/settings', parseSettings);
        if (this.#closed) {
            return;
        }
        // what does not run, and why; a device that does not know the request has the settings alone
        const channels = answer.kind === 'ok' ? await get('/api/channels', parseChannels) : undefined;
        if (this.#closed) {
            return;
        }
        if (answer.kind !== 'ok') {
            const again = el('button', { type: 'button', click: () => void this.#load('') }, t('tryAgain'));
            put(this.element, el('p', { class: 'empty', role: 'alert' }, t('settingsFailed')), again);
            return;
        }
        const app = await readApp();
        if (this.#closed) {
            return;
        }
        const own = { title: 'settings.app', fields: app.settings } as const;
        const cameras = channels?.kind === 'ok' ? channels.value : list(answer.value.tree['channels']).map(record);
        put(
            this.element,
            this.#channels(answer.value, cameras, said),
            modesPanel(answer.value.tree, cameras),
            el('div', { class: 'groups' }, this.#storage.element, ...this.#groups(answer.value, [own, ...ordered])),
            backupPanel((restored) => void this.#load(restored)),
        );
        this.#storage.update(undefined);
    }

    #groups({ tree, fixed }: Settings, shown: readonly Group[]): HTMLElement[] {
        return shown.flatMap((group) => {
            const form = new SettingsForm({
                fields: group.fields,
                values: tree,
                fixed,
                button: t('save'),
                about: word('about', group.title.slice('settings.'.length)),
                save: (patch) => send('PATCH', '/api/settings', patch),
                onSaved: (body) => {
                    const keys = restartKeys(body);
                    return keys.length === 0 ? t('saved') : t('savedRestart', { keys: keys.join(', ') });
                },
            });
            return form.empty ? [] : [el('section', { class: 'panel', 'aria-label': t(group.title) }, el('h2', {}, t(group.title)), form.element)];
        });
    }

    #channels({ fixed }: Settings, channels: readonly Readonly<Record<string, unknown>>[], said: string): HTMLElement {
        const locked = fixed.includes('channels');
        const note = el('p', { class: 'note', role: 'status' }, said);
        const cards = channels.map((channel) => this.#channel(channel, locked));
        return el(
            'section',
            { class: 'panel', 'aria-label': t('channels') },
            el('h2', {}, t('channels')),
            locked ? el('p', { class: 'empty' }, t('channelsFixed')) : undefined,
            note,
            ...cards,
            locked ? undefined : this.#add.element,
        );
    }

    #channel(channel: Readonly<Record<string, unknown>>, locked: boolean): HTMLElement {
        const name = text(channel['name']) ?? '';
        const title = text(channel['title']) || name;
        const path = `/api/channels/${encodeURIComponent(name)}`;
        const confirm = el('span', { class: 'confirm', hidden: true });
        const ask = (): void => {
            confirm.hidden = false;
            confirm.querySelector('button')?.focus();
        };
        const remove = el('button', { type: 'button', disabled: locked, click: ask }, t('channelRemove'));
        const question = el('span', { hidden: true });
        const asked = (): Promise<boolean> =>
            new Promise((resolve) => {
                const end = (yes: boolean): void => {
                    question.hidden = true;
                    resolve(yes);
                };
                put(question, confirmBox(t('interruptsText'), t('interruptsYes'), () => end(true), () => end(false)));
                question.hidden = false;
                question.querySelector<HTMLElement>('button:last-child')?.focus();
            });
        const form = this.#form(channel, locked, t('save'), async (patch) => {
            // what the device can change in place asks nothing
            if (interrupts(patch) && !(await asked())) {
                return { ok: false, message: t('notSaved'), at: '', status: 0, proposal: '' };
            }
            return await send('PATCH', path, patch);
        }, t('saved'), [remove, confirm, question]);
        const really = async (): Promise<void> => {
            const outcome = await send('DELETE', path);
            if (outcome.ok) {
                await this.#load(t('channelRemoved', { name: title }));
            } else {
                form.say(outcome.message === '' ? t('notDone') : outcome.message, true);
            }
        };
        const cancel = (): void => {
            confirm.hidden = true;
            remove.focus();
        };
        put(
            confirm,
            t('channelRemoveSure', { name: title }),
            ' ',
            el('button', { type: 'button', click: () => void really() }, t('channelRemoveYes')),
            el('button', { type: 'button', click: cancel }, t('cancel')),
        );
        const problem = reasonText({ problem: text(channel['problem']), reason: text(channel['reason']) });
        return el(
            'details',
            {},
            el('summary', {}, el('strong', {}, title), ' ', el('span', { class: 'what' }, [...(title === name ? [] : [name]), text(channel['input']) ?? ''].join(' · ')), problem === undefined ? undefined : el('span', { class: 'problem why' }, problem)),
            form.element,
        );
    }

    #form(
        values: Readonly<Record<string, unknown>>,
        locked: boolean,
        button: string,
        save: (patch: Record<string, unknown>) => Promise<Outcome>,
        said: string,
        buttons: readonly HTMLElement[] = [],
    ): SettingsForm {
        return new SettingsForm({
            fields: channelFields,
            values,
            fixed: locked ? channelFields.map((field) => field.path) : [],
            button,
            buttons,
            about: t('about.channel'),
            save,
            onSaved: () => {
                void this.#load(said);
                return said;
            },
        });
    }
}
