/** People with a password of their own: who is there, what each may do, and changes of that. */
import { get, type Outcome, send } from '../api.js';
import { confirmBox } from '../confirm.js';
import { el, put } from '../dom.js';
import { each, record } from '../json.js';
import { panel } from '../parts.js';
import { t } from '../text.js';
import { type CameraName, PeopleForm, showForm } from './people-form.js';
import { parsePerson, type Person, rightsText } from './person.js';

/** People there can be, as `OC_ACCESS_USERS` has it. */
const most = 8;

/** The panel; it is filled by `refresh`. */
export class PeoplePanel {
    readonly #list = el('ul', { class: 'rows people' });
    readonly #add = el('div', {});
    readonly #note = el('p', { class: 'note', role: 'status' });
    readonly element = panel(t('people'), el('p', { class: 'empty' }, t('peopleText')), this.#list, this.#add, this.#note);
    readonly #cameras: () => readonly CameraName[];
    readonly #onChange: () => void;
    #people: readonly Person[] = [];

    /** cameras: those there are. onChange: logins and links may have ended. */
    constructor(cameras: () => readonly CameraName[], onChange: () => void) {
        this.#cameras = cameras;
        this.#onChange = onChange;
    }

    /** hasPassword: somebody has one: the first is set in another panel. */
    async refresh(hasPassword: boolean): Promise<void> {
        if (this.element.querySelector('form') !== null) {
            return; // somebody is writing
        }
        if (!hasPassword) {
            put(this.#list);
            put(this.#add, el('p', { class: 'note' }, t('housePassword')));
            return;
        }
        const answer = await get('/api/users', (value) => each(record(value)['users'], parsePerson));
        if (answer.kind !== 'ok') {
            put(this.#note, t(answer.kind === 'restarting' ? 'restartingText' : 'offlineText'));
            return;
        }
        this.#people = answer.value;
        put(this.#list, ...answer.value.map((person) => this.#row(person)));
        this.#offer();
    }

    /** The button that adds somebody. */
    #offer(): void {
        const full = this.#people.length >= most;
        const button = el('button', { type: 'button', disabled: full, click: () => open() }, t('peopleAdd'));
        const close = (): void => {
            this.#offer();
            this.#add.querySelector('button')?.focus();
        };
        const open = (): void => {
            put(this.#note);
            const form = new PeopleForm(
                undefined,
                this.#cameras(),
                (wanted) =>
                    this.#people.some(({ name }) => name === wanted.name)
                        ? Promise.resolve({ ok: false, status: 409, at: 'name', message: t('peopleTaken'), proposal: '' })
                        : this.#do(this.#add, () => send('POST', '/api/users', wanted), t('peopleAdded', { name: wanted.name ?? '' })),
                close,
            );
            showForm(this.#add, form);
        };
        put(this.#add, el('div', { class: 'bar' }, button), full ? el('p', { class: 'hint' }, t('peopleFull', { count: most })) : undefined);
    }

    #row(person: Person): HTMLElement {
        const { name } = person;
        const last = person.right === 'own' && this.#people.filter(({ right }) => right === 'own').length === 1;
        const item = el('li', {});
        const says = el('span', { class: 'open' }, el('span', {}, name), el('span', { class: 'what' }, rightsText(person, (camera) => this.#cameras().find((one) => one.name === camera)?.title ?? camera)));
        const show = (): void => {
            const change = el('button', { type: 'button', 'aria-label': t('peopleChangeOf', { name }), click: () => open() }, t('peopleChange'));
            const remove = el('button', { type: 'button', 'aria-label': t('peopleRemoveOf', { name }), click: () => ask() }, t('peopleRemove'));
            put(item, says, ...(last ? [] : [change, remove])); // somebody has to own the device
        };
        const back = (button: number) => (): void => {
            show();
            item.querySelectorAll('button')[button]?.focus();
        };
        const path = `/api/users/${encodeURIComponent(name)}`;
        const open = (): void => {
            put(this.#note);
            showForm(item, new PeopleForm(person, this.#cameras(), (wanted) => this.#do(item, () => send('PATCH', path, wanted), t('peopleChanged', { name })), back(0)));
        };
        const ask = (): void => {
            const really = (): void => void this.#do(item, () => send('DELETE', path), t('peopleRemoved', { name }));
            put(item, says, confirmBox(t('peopleRemoveSure', { name }), t('peopleRemoveYes'), really, back(1)));
            item.querySelector<HTMLElement>('button:last-child')?.focus();
        };
        show();
        return item;
    }

    /** place: where the form stands that goes when it is done. */
    async #do(place: HTMLElement, work: () => Promise<Outcome>, good: string): Promise<Outcome> {
        const outcome = await work();
        if (outcome.ok) {
            put(place);
            put(this.#note, good);
            await this.refresh(true);
            this.#add.querySelector('button')?.focus();
            this.#onChange();
        } else if (place.querySelector('form') === null) {
            put(this.#note, outcome.status === 0 ? t('offlineText') : outcome.message || t('notDone'));
            await this.refresh(true);
        }
        return outcome;
    }
}
