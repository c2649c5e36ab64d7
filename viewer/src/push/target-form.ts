/** Adds a target of live pushes. The key goes to the device once and never comes back. */
import { send } from '../api.js';
import { el, put, setText } from '../dom.js';
import { list, record } from '../json.js';
import { t } from '../text.js';
import { askedOf, keyWord, nameFor, services } from './target-entry.js';

let counter = 0;

function field(label: HTMLElement, control: HTMLInputElement, hint?: HTMLElement): HTMLElement {
    control.id = `push-${++counter}`;
    label.setAttribute('for', control.id);
    if (hint) {
        hint.id = `${control.id}-hint`;
        control.setAttribute('aria-describedby', hint.id);
    }
    return el('div', { class: 'field' }, label, control, hint);
}

/** Settings of all targets as the device shows them: what is hidden there stays as it is when it comes back. */
async function targets(): Promise<readonly unknown[] | undefined> {
    const outcome = await send('GET', '/api/settings');
    const live = record(record(outcome.ok ? outcome.body : undefined)['live']);
    return outcome.ok ? list(live['targets']) : undefined;
}

/** Replaces them. The text: why not; '': done. */
async function store(next: readonly unknown[]): Promise<string> {
    const outcome = await send('PATCH', '/api/settings', { live: { targets: next } });
    return outcome.ok ? '' : outcome.message || t('notDone');
}

/** Forgets one. The text: why not; '': done. */
export async function removeTarget(name: string): Promise<string> {
    const before = await targets();
    return before === undefined ? t('notDone') : await store(before.filter((one) => record(one)['name'] !== name));
}

/** The form. onAdded: the device has it, by this name. */
export function targetForm(taken: () => readonly string[], onAdded: (name: string) => void): HTMLElement {
    const url = el('input', { type: 'url', autocomplete: 'off', spellcheck: 'false', list: 'push-services', required: true, placeholder: 'rtmps://host/app', input: () => follow() });
    const known = el('datalist', { id: 'push-services' }, ...services.map(([, value]) => el('option', { value })));
    const key = el('input', { type: 'password', autocomplete: 'off', maxlength: '512' });
    const passphrase = el('input', { type: 'password', autocomplete: 'off', maxlength: '79' });
    const user = el('input', { type: 'text', autocomplete: 'off', maxlength: '128' });
    const endpoint = el('input', { type: 'url', autocomplete: 'off', placeholder: 'https://s3.example.com' });
    const page = el('input', { type: 'url', autocomplete: 'off', placeholder: 'https://' });
    const keyLabel = el('label', {}, t('pushKey'));
    const userLabel = el('label', {}, t('pushUser'));
    const note = el('p', { class: 'why', role: 'alert' });
    const rows = {
        user: field(userLabel, user),
        key: field(keyLabel, key, el('span', { class: 'hint' }, t('pushKeyHint'))),
        passphrase: field(el('label', {}, t('pushPassphrase')), passphrase),
        store: field(el('label', {}, t('pushEndpoint')), endpoint),
    };
    const button = el('button', { type: 'submit', class: 'primary' }, t('pushAdd'));
    const follow = (): void => {
        const asked = askedOf(url.value);
        setText(keyLabel, t(keyWord(url.value)));
        setText(userLabel, t(asked.store ? 'pushKeyId' : 'pushUser'));
        for (const name of ['user', 'key', 'passphrase', 'store'] as const) {
            rows[name].hidden = !asked[name];
        }
    };
    const add = async (event: Event): Promise<void> => {
        event.preventDefault();
        const asked = askedOf(url.value);
        const before = button.disabled ? undefined : await targets();
        if (before === undefined) {
            setText(note, t('notDone'));
            return;
        }
        button.disabled = true;
        const name = nameFor(url.value, [...taken(), ...before.map((one) => String(record(one)['name']))]);
        const given = (wanted: boolean, input: HTMLInputElement): string | undefined => (wanted && input.value.trim() !== '' ? input.value.trim() : undefined);
        const entry = {
            name,
            url: url.value.trim(),
            key: given(asked.key, key),
            passphrase: given(asked.passphrase, passphrase),
            user: given(asked.user, user),
            endpoint: given(asked.store, endpoint),
            ...(page.value.trim() !== '' && { watch: { page: page.value.trim() } }),
        };
        const problem = await store([...before, entry]);
        button.disabled = false;
        setText(note, problem);
        if (problem === '') {
            form.reset();
            follow();
            onAdded(name);
        }
    };
    const form = el(
        'form',
        { class: 'fields', submit: (event) => void add(event) },
        field(el('label', {}, t('pushUrl')), url, el('span', { class: 'hint' }, t('pushUrlHint'))),
        known,
        rows.user,
        rows.key,
        rows.passphrase,
        rows.store,
        field(el('label', {}, t('pushPage')), page, el('span', { class: 'hint' }, t('pushPageHint'))),
        note,
        el('div', { class: 'bar' }, button),
    );
    follow();
    put(note);
    return form;
}
