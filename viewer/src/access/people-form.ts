/** What one person may do, as a form: acts in plain words, and at which cameras. */
import type { Channel } from '../status.js';
import type { Outcome } from '../api.js';
import { el, put, setText } from '../dom.js';
import type { Rights } from '../rights.js';
import { t } from '../text.js';
import { NewPassword } from './new-password.js';
import { actNames, actText, type Person } from './person.js';

/** What goes to the device. */
export interface Wanted {
    readonly name?: string;
    readonly password?: string;
    readonly acts: string;
    readonly cameras: string;
}

interface Choice {
    readonly label: HTMLElement;
    readonly input: HTMLInputElement;
}

function choice(type: 'checkbox' | 'radio', label: string, checked: boolean, name = ''): Choice {
    const input = el('input', { type, checked, ...(name !== '' && { name }) });
    return { input, label: el('label', { class: 'choice' }, input, el('span', {}, label)) };
}

function group(legend: string, ...children: HTMLElement[]): HTMLElement {
    return el('fieldset', { class: 'choices' }, el('legend', {}, legend), ...children);
}

/** A camera by its path, and as people call it. */
export type CameraName = Pick<Channel, 'name' | 'title'>;

/** The form of somebody new, or of a person who is there. */
export class PeopleForm {
    readonly element: HTMLFormElement;
    readonly #person: Person | undefined;
    readonly #name = el('input', { type: 'text', required: true, pattern: '[a-z0-9\\-]{1,31}', maxlength: '31', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': 'people-name' });
    readonly #fresh = new NewPassword('people');
    readonly #another = el('details', {}, el('summary', {}, t('peoplePassword')));
    readonly #own: Choice;
    readonly #acts: readonly (readonly [act: string, choice: Choice])[];
    readonly #all: Choice;
    readonly #some: Choice;
    readonly #cameras: readonly (readonly [name: string, choice: Choice])[];
    readonly #rights: HTMLElement;
    readonly #list: HTMLElement;
    readonly #why = el('p', { class: 'why', role: 'alert' });

    /** person: undefined: somebody new. cameras: that there are. keep: sends it. */
    constructor(person: Person | undefined, cameras: readonly CameraName[], keep: (wanted: Wanted) => Promise<Outcome>, close: () => void) {
        this.#person = person;
        const rights: Rights = person ?? { right: '', acts: ['see', 'look'], cameras: undefined };
        const names = [...new Set([...cameras.map(({ name }) => name), ...(rights.cameras ?? [])])];
        this.#own = choice('checkbox', t('peopleOwn'), rights.right === 'own');
        this.#acts = actNames.map((act) => [act, choice('checkbox', actText(act), rights.acts.includes(act))]);
        this.#all = choice('radio', t('peopleAll'), rights.cameras === undefined, 'people-cameras');
        this.#some = choice('radio', t('peopleSome'), rights.cameras !== undefined, 'people-cameras');
        this.#cameras = names.map((name) => [name, choice('checkbox', cameras.find((one) => one.name === name)?.title ?? name, rights.cameras?.includes(name) === true)]);
        this.#list = el('div', { class: 'chosen' }, ...this.#cameras.map(([, { label }]) => label));
        this.#rights = el('div', { class: 'password' }, group(t('peopleMay'), ...this.#acts.map(([, { label }]) => label)), group(t('peopleCameras'), this.#all.label, this.#some.label, this.#list));
        const who =
            person === undefined
                ? [el('label', { class: 'field' }, el('span', {}, t('peopleName')), this.#name), el('p', { class: 'hint', id: 'people-name' }, t('peopleNameHint')), ...this.#fresh.fields]
                : [];
        this.#another.append(el('div', { class: 'password' }, ...(person === undefined ? [] : this.#fresh.fields)));
        const save = el('button', { type: 'submit', class: 'primary' }, t(person === undefined ? 'peopleAdd' : 'save'));
        this.element = el(
            'form',
            { class: 'password people', 'aria-label': person === undefined ? t('peopleNew') : t('peopleChangeOf', { name: person.name }) },
            ...who,
            this.#own.label,
            this.#rights,
            ...(person === undefined ? [] : [this.#another]),
            el('p', { class: 'hint' }, t('peopleEnds')),
            this.#why,
            el('div', { class: 'bar' }, save, el('button', { type: 'button', click: close }, t('cancel'))),
        );
        this.element.noValidate = person !== undefined; // a closed part of it may stay empty
        this.element.addEventListener('change', () => {
            this.#say('');
            this.#fit();
        });
        this.element.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                close();
            }
        });
        this.element.addEventListener('submit', (event) => {
            event.preventDefault();
            const wanted = this.#read();
            if (wanted !== undefined) {
                save.disabled = true;
                void keep(wanted).then((outcome) => {
                    save.disabled = false;
                    if (!outcome.ok) {
                        this.#say(outcome.status === 0 ? t('offlineText') : outcome.message || t('notDone'));
                    }
                });
            }
        });
        this.#fit();
    }

    /** Where a person begins. */
    focus(): void {
        (this.#person === undefined ? this.#name : this.#own.input).focus();
    }

    #fit(): void {
        this.#rights.hidden = this.#own.input.checked;
        this.#list.hidden = !this.#some.input.checked;
    }

    #say(problem: string): void {
        setText(this.#why, problem);
        this.#why.classList.toggle('shown', problem !== '');
    }

    #read(): Wanted | undefined {
        this.#say('');
        const own = this.#own.input.checked;
        const chosen = (of: readonly (readonly [string, Choice])[]): string => of.flatMap(([name, { input }]) => (input.checked ? [name] : [])).join(',');
        const acts = own ? 'own' : chosen(this.#acts);
        const cameras = own || this.#all.input.checked ? 'all' : chosen(this.#cameras);
        const asks = this.#person === undefined || this.#another.open;
        const password = asks ? this.#fresh.read() : undefined;
        if (asks && password === undefined) {
            return undefined;
        }
        if (acts === '' || cameras === '') {
            this.#say(t(acts === '' ? 'peopleNoAct' : 'peopleNoCamera'));
            return undefined;
        }
        return { ...(this.#person === undefined && { name: this.#name.value }), ...(password !== undefined && { password }), acts, cameras };
    }
}

/** In the place of a button that opens it. */
export function showForm(place: HTMLElement, form: PeopleForm): void {
    put(place, form.element);
    form.focus();
}
