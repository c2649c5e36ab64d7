/** Backup and restore: one file under a password. */
import { request, send } from './api.js';
import { el, put } from './dom.js';
import { formatTime } from './format.js';
import { date, list, record, text } from './json.js';
import { t } from './text.js';

/** Bytes of a file that a device reads. */
const fileMax = 47 * 1024;

let counter = 0;

function field(label: string, control: HTMLInputElement, hint = ''): HTMLElement {
    control.id = `backup-${++counter}`;
    control.setAttribute('aria-describedby', `${control.id}-hint`);
    return el('div', { class: 'field' }, el('label', { for: control.id }, label), control, el('span', { class: 'hint', id: `${control.id}-hint` }, hint));
}

function password(autocomplete: string): HTMLInputElement {
    return el('input', { type: 'password', autocomplete, maxlength: '128' });
}

/** Says what came of it; a problem is said at once by screen readers. */
function noteOf(): { readonly element: HTMLElement; readonly say: (words: string, bad?: boolean) => void } {
    const element = el('p', { class: 'note', role: 'status' });
    const say = (words: string, bad = false): void => {
        element.classList.toggle('why', bad);
        put(element, words);
    };
    return { element, say };
}

/** The file goes the way of every download. */
function download(content: string, name: string): void {
    const url = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
    el('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function makeForm(): HTMLElement {
    const [first, again] = [password('new-password'), password('new-password')];
    const { element, say } = noteOf();
    const button = el('button', { type: 'submit', class: 'primary' }, t('backupMake'));
    const make = async (event: Event): Promise<void> => {
        event.preventDefault();
        if (first.value.length < 10) {
            say(t('backupShort'), true);
            first.focus();
            return;
        }
        if (first.value !== again.value) {
            say(t('backupDiffer'), true);
            again.focus();
            return;
        }
        say(t('backupWorking'));
        button.disabled = true;
        const { status, body } = await request('POST', '/api/backup', JSON.stringify({ password: first.value }));
        button.disabled = false;
        let file: unknown;
        try {
            file = JSON.parse(body);
        } catch {
            // said below
        }
        if (status !== 200) {
            say(text(record(record(file)['error'])['message']) ?? t('notDone'), true);
            return;
        }
        const { device, made } = record(file);
        download(body, `ocellus-backup-${text(device) ?? ''}-${(text(made) ?? '').slice(0, 10)}.json`);
        first.value = '';
        again.value = '';
        say(t('backupMade'));
    };
    return el('form', { class: 'fields', submit: (event: Event) => void make(event) }, field(t('backupPassword'), first, t('backupPasswordHint')), field(t('backupRepeat'), again), el('div', { class: 'bar' }, button), element);
}

/** What a restore would do, as lines. Empty: nothing. */
function changesOf(answer: unknown): string[] {
    const shown = record(answer);
    const channels = record(shown['channels']);
    const line = (value: unknown, say: (names: string) => string): string[] => {
        const names = list(value).filter((one) => typeof one === 'string').join(', ');
        return names === '' ? [] : [say(names)];
    };
    return [
        ...line(channels['added'], (names) => t('restoreAdded', { names })),
        ...line(channels['changed'], (names) => t('restoreChanged', { names })),
        ...line(channels['removed'], (names) => t('restoreRemoved', { names })),
        ...line(shown['settings'], (names) => t('restoreSettings', { names })),
        ...line(shown['users'], (names) => t('restoreUsers', { names })),
    ];
}

function remarksOf(answer: unknown): string[] {
    const { ignored, fixed } = record(answer);
    return [
        ...(list(ignored).length > 0 ? [t('restoreIgnored', { names: list(ignored).join('; ') })] : []),
        ...(list(fixed).length > 0 ? [t('restoreFixed', { names: list(fixed).join(', ') })] : []),
    ];
}

function restoreForm(onRestored: (said: string) => void): HTMLElement {
    const file = el('input', { type: 'file', accept: '.json,application/json' });
    const secret = password('off');
    const { element, say } = noteOf();
    const shown = el('div', { class: 'changes', role: 'group', 'aria-label': t('restoreLook'), tabindex: '-1', hidden: true });
    const hide = (): void => {
        shown.hidden = true;
    };
    file.addEventListener('change', hide);
    secret.addEventListener('input', hide);
    const ask = async (path: string): Promise<unknown> => {
        const chosen = file.files?.[0];
        if (chosen === undefined || secret.value === '') {
            say(t(chosen === undefined ? 'restoreNoFile' : 'restoreNoPassword'), true);
            (chosen === undefined ? file : secret).focus();
            return undefined;
        }
        if (chosen.size > fileMax) {
            say(t('restoreTooBig'), true);
            return undefined;
        }
        say(t('backupWorking'));
        const outcome = await send('POST', path, { backup: await chosen.text(), password: secret.value });
        say(outcome.ok ? '' : outcome.message || t('notDone'), !outcome.ok);
        return outcome.ok ? outcome.body : undefined;
    };
    const restore = async (): Promise<void> => {
        if ((await ask('/api/backup/restore')) !== undefined) {
            hide();
            onRestored(t('restoreDone'));
        }
    };
    const look = async (event: Event): Promise<void> => {
        event.preventDefault();
        hide();
        const answer = await ask('/api/backup/check');
        if (answer === undefined) {
            return;
        }
        const { device, made, from } = record(answer);
        const madeMs = date(made);
        const lines = changesOf(answer);
        const about = t('restoreOf', { device: text(device) ?? '', made: madeMs === undefined ? '' : formatTime(madeMs), from: text(from) ?? '' });
        const items = [...(lines.length === 0 ? [t('restoreSame')] : lines), ...remarksOf(answer)];
        const buttons =
            lines.length === 0
                ? undefined
                : el('div', { class: 'bar' }, el('button', { type: 'button', class: 'danger', click: () => void restore() }, t('restoreYes')), el('button', { type: 'button', click: hide }, t('cancel')));
        put(shown, el('p', {}, about), el('ul', {}, ...items.map((item) => el('li', {}, item))), buttons);
        shown.hidden = false;
        shown.focus();
    };
    return el(
        'form',
        { class: 'fields', submit: (event: Event) => void look(event) },
        field(t('restoreFile'), file),
        field(t('restorePassword'), secret),
        el('div', { class: 'bar' }, el('button', { type: 'submit' }, t('restoreLook'))),
        element,
        shown,
    );
}

/** The panel. onRestored: everything is to be read again. */
export function backupPanel(onRestored: (said: string) => void): HTMLElement {
    return el(
        'section',
        { class: 'panel backup', 'aria-label': t('backup') },
        el('h2', {}, t('backup')),
        el('p', { class: 'hint' }, t('backupText')),
        makeForm(),
        el('h3', {}, t('restore')),
        el('p', { class: 'hint' }, t('restoreText')),
        restoreForm(onRestored),
    );
}
