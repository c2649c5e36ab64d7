/** A form of fields: shows values, checks what is entered, says at each field what is wrong. */
import type { Outcome } from './api.js';
import { el, put, setText } from './dom.js';
import { list, record, text } from './json.js';
import { ScheduleInput } from './settings-schedule.js';
import { check, type Field, type Kind, patchOf, same, valueAt, wordsOf } from './settings-fields.js';
import { t, word } from './text.js';
import { ZoneEditor } from './zone-editor.js';

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement | ScheduleInput | ZoneEditor;

/** Whether a control is made of several elements. */
function isComposed(control: Control): control is ScheduleInput | ZoneEditor {
    return control instanceof ScheduleInput || control instanceof ZoneEditor;
}

let counter = 0;

/** The value as it stands in a control. */
function shown(kind: Kind, value: unknown): string {
    if (kind.type === 'list') {
        return list(value).join('\n');
    }
    return value === undefined || value === null ? '' : String(value);
}

/** One labelled control with its hint and its problem. */
class Row {
    readonly element: HTMLElement;
    readonly field: Field;
    readonly #control: Control;
    readonly #problem: HTMLElement;
    #value: unknown;

    /** channel: whose setting it is; empty: of none. */
    constructor(field: Field, value: unknown, fixed: boolean, channel: string) {
        this.field = field;
        this.#value = value;
        const id = `field-${++counter}`;
        this.#problem = el('span', { class: 'why', id: `${id}-why`, role: 'alert' });
        this.#control = this.#make(id, fixed, channel);
        const control = isComposed(this.#control) ? this.#control.element : this.#control;
        control.setAttribute('aria-describedby', `${id}-hint ${id}-why`);
        const hint = [field.hint === undefined ? '' : wordsOf(field.hint), fixed ? t('fixedText') : ''].filter(Boolean).join(' ');
        const label = isComposed(this.#control) ? el('span', { class: 'label', id: `${id}-label` }, wordsOf(field.label)) : el('label', { for: id }, wordsOf(field.label));
        this.element = el('div', { class: `field ${field.kind.type}` }, label, control, el('span', { class: 'hint', id: `${id}-hint` }, hint), this.#problem);
        // A problem goes while it is being mended, not when the field is left: the button would move away from the pointer.
        control.addEventListener('input', () => control.hasAttribute('aria-invalid') && this.read());
    }

    #make(id: string, fixed: boolean, channel: string): Control {
        const { kind } = this.field;
        const common = { id, disabled: fixed };
        switch (kind.type) {
            case 'flag':
                return el('input', { ...common, type: 'checkbox', checked: this.#value === true });
            case 'choice': {
                const options = kind.words.map((name) => el('option', { value: name, selected: name === this.#value }, word('choice', name)));
                return el('select', common, ...options);
            }
            case 'list': {
                const area = el('textarea', { ...common, rows: '2', spellcheck: 'false' });
                area.value = shown(kind, this.#value);
                return area;
            }
            case 'schedule':
                return new ScheduleInput(`${id}-label`, this.#value, fixed);
            case 'zones':
                return new ZoneEditor(`${id}-label`, this.#value, fixed, channel);
            case 'whole':
                return el('input', { ...common, type: 'text', inputmode: 'numeric', value: shown(kind, this.#value) });
            case 'text':
                return el('input', { ...common, type: 'text', spellcheck: 'false', autocomplete: 'off', value: shown(kind, this.#value) });
            default: {
                const never: never = kind;
                throw new Error(`unknown kind ${String(never)}`);
            }
        }
    }

    /** What was entered. undefined: it is wrong, and said so. */
    read(): { readonly changed: boolean; readonly value: unknown } | undefined {
        const control = this.#control;
        const entered = isComposed(control) ? control.read() : control.type === 'checkbox' ? (control as HTMLInputElement).checked : control.value;
        const { kind, path } = this.field;
        // An address whose password is hidden is longer than it looks: the device knows it.
        const checked = check(kind, entered);
        if ('problem' in checked) {
            this.say(checked.problem);
            return undefined;
        }
        this.say('');
        const before = kind.type === 'list' && list(this.#value).length === 0 ? null : this.#value === '' ? null : this.#value;
        return { changed: !same(checked.value, before) && path !== '', value: checked.value };
    }

    /** The device has stored this value: later entries are compared with it. */
    stored(value: unknown): void {
        this.#value = value;
    }

    /** Shows a problem; empty: there is none. */
    say(problem: string): void {
        setText(this.#problem, problem);
        const control = isComposed(this.#control) ? this.#control.element : this.#control;
        if (problem === '') {
            control.removeAttribute('aria-invalid');
        } else {
            control.setAttribute('aria-invalid', 'true');
        }
    }

    focus(): void {
        const folded = this.element.closest('details');
        if (folded) {
            folded.open = true;
        }
        this.#control.focus();
    }
}

/** Fields with a button. */
export class SettingsForm {
    readonly element: HTMLFormElement;
    readonly #rows: readonly Row[];
    readonly #note = el('p', { class: 'note', role: 'status' });
    readonly #save: (patch: Record<string, unknown>) => Promise<Outcome>;
    readonly #onSaved: (body: unknown) => string;

    /**
     * values: the tree that holds what is set. fixed: paths that cannot be changed here. save: sends a merge patch of what
     * changed; `all` of it when `whole` is set. onSaved: gives what is said then.
     */
    constructor(options: {
        readonly fields: readonly Field[];
        readonly values: unknown;
        readonly fixed: readonly string[];
        readonly whole?: boolean;
        /** What the folded fields are for. */
        readonly about: string;
        readonly button: string;
        readonly buttons?: readonly HTMLElement[];
        readonly save: (patch: Record<string, unknown>) => Promise<Outcome>;
        readonly onSaved: (body: unknown) => string;
    }) {
        this.#save = options.save;
        this.#onSaved = options.onSaved;
        const isFixed = (path: string): boolean => options.fixed.some((key) => path === key || path.startsWith(`${key}.`));
        const channel = text(valueAt(options.values, 'name')) ?? '';
        this.#rows = options.fields
            .filter((field) => field.always === true || valueAt(options.values, field.path) !== undefined)
            .map((field) => new Row(field, valueAt(options.values, field.path), isFixed(field.path), channel));
        const submit = (event: Event): void => {
            event.preventDefault();
            void this.#submit(options.whole === true);
        };
        const bar = el('div', { class: 'bar' }, el('button', { type: 'submit', class: 'primary' }, options.button), ...(options.buttons ?? []));
        const rowsOf = (isBasic: boolean): HTMLElement[] => this.#rows.filter(({ field }) => field.basic === isBasic).map(({ element }) => element);
        const advanced = rowsOf(false);
        const first = rowsOf(true);
        // a form without a basic setting is folded with its button
        const rest = first.length === 0 ? [el('div', { class: 'field' }, bar, this.#note)] : [];
        const folded = advanced.length === 0 ? undefined : el('details', { class: 'advanced' }, el('summary', {}, t('advanced')), el('p', { class: 'hint' }, options.about), ...advanced, ...rest);
        this.element = el('form', { novalidate: true, class: 'fields', submit }, ...first, folded, ...(first.length === 0 ? [] : [bar, this.#note]));
    }

    /** Whether there is anything to set. */
    get empty(): boolean {
        return this.#rows.length === 0;
    }

    /** Says something below the buttons. */
    say(text: string, bad = false): void {
        put(this.#note, text);
        this.#note.classList.toggle('why', bad);
    }

    async #submit(whole: boolean): Promise<void> {
        const read = this.#rows.map((row) => ({ row, result: row.read() }));
        const wrong = read.find(({ result }) => result === undefined);
        if (wrong) {
            wrong.row.focus();
            this.say(t('checkFields'), true);
            return;
        }
        const entered = read.filter(({ result }) => (whole ? result?.value !== null : result?.changed));
        if (entered.length === 0) {
            this.say(t('nothingChanged'));
            return;
        }
        this.say(t('saving'));
        const outcome = await this.#save(patchOf(new Map(entered.map(({ row, result }) => [row.field.path, result?.value]))));
        if (outcome.ok) {
            for (const { row, result } of entered) {
                row.stored(result?.value);
            }
            this.say(this.#onSaved(outcome.body));
        } else {
            this.#showRefusal(outcome);
        }
    }

    /** The device names the key: `record.name`, `settings: record.name`, `channels[0].input`, `/record/name`. */
    #showRefusal(outcome: Extract<Outcome, { ok: false }>): void {
        const at = outcome.at
            .replace(/^.*: /, '')
            .replace(/^channels\[\d+\]\.?/, '')
            .replace(/^\//, '')
            .replaceAll('/', '.')
            .replace(/\[\d+\].*$/, '');
        const row = this.#rows.find(({ field }) => field.path === at) ?? this.#rows.find(({ field }) => at !== '' && at.endsWith(`.${field.path}`));
        const message = outcome.message === '' ? t('notDone') : outcome.message;
        if (row) {
            row.say(message);
            row.focus();
            this.say(t('refused'), true);
        } else {
            this.say(message, true);
        }
    }
}

/** Keys whose change needs a restart, as the device names them. */
export function restartKeys(body: unknown): string[] {
    return list(record(body)['restart']).filter((key) => typeof key === 'string');
}
