/** The own password: the first one, another one, or none any more. */
import { send } from '../api.js';
import { confirmBox } from '../confirm.js';
import { el, put } from '../dom.js';
import { panel } from '../parts.js';
import { t } from '../text.js';
import { type Claim, claimProblem } from './claim.js';
import { NewPassword, secretField, userField } from './new-password.js';

/** The panel; it is filled by `show`. */
export class PasswordPanel {
    readonly #body = el('div', {});
    readonly #note = el('p', { class: 'note', role: 'status' });
    readonly element = panel(t('passwordTitle'), this.#body, this.#note);
    readonly #onChange: () => Promise<void>;

    /** onChange: somebody has a password now, or nobody has one. */
    constructor(onChange: () => Promise<void>) {
        this.#onChange = onChange;
    }

    /** user: who is logged in; empty: no login is needed here. */
    show(claim: Claim, user: string): void {
        put(this.#body, claim.needed ? this.#first() : this.#another(user));
    }

    #first(): HTMLElement {
        const fresh = new NewPassword();
        const form = el('form', { class: 'password' }, el('p', { class: 'empty' }, t('passwordNone')), userField('admin'), ...fresh.fields, el('div', { class: 'bar' }, el('button', { type: 'submit', class: 'primary' }, t('passwordSet'))));
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            const password = fresh.read();
            if (password !== undefined) {
                void this.#do(form, fresh, () => send('POST', '/api/claim', { password }), t('passwordIsSet'), t('notDone'));
            }
        });
        return form;
    }

    #another(user: string): HTMLElement {
        const old = secretField(t('passwordOld'), { autocomplete: 'current-password' });
        const fresh = new NewPassword();
        const remove = el('span', {});
        const form = el(
            'form',
            { class: 'password' },
            userField(user === '' ? 'admin' : user),
            old.label,
            ...fresh.fields,
            el('p', { class: 'hint' }, t('passwordEnds')),
            el('div', { class: 'bar' }, el('button', { type: 'submit', class: 'primary' }, t('passwordChange')), remove),
        );
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            const password = fresh.read();
            if (password !== undefined) {
                void this.#do(form, fresh, () => send('PUT', '/api/password', { old: old.input.value, password }), t('passwordIsChanged'), t('passwordOldWrong'));
            }
        });
        if (user === '') {
            this.#offerRemoval(remove, () => {
                if (old.input.reportValidity()) {
                    void this.#do(form, fresh, () => send('POST', '/api/password/remove', { old: old.input.value }), t('passwordIsRemoved'), t('passwordOldWrong'));
                }
            });
        }
        return form;
    }

    /** Where no login is needed the password may go again. */
    #offerRemoval(place: HTMLElement, really: () => void): void {
        const offer = (): HTMLButtonElement => el('button', { type: 'button', click: ask }, t('passwordRemove'));
        const back = (): void => {
            const button = offer();
            put(place, button);
            button.focus();
        };
        const ask = (): void => {
            const yes = (): void => {
                back();
                really();
            };
            put(place, confirmBox(t('passwordRemoveSure'), t('passwordRemoveYes'), yes, back));
            place.querySelector('button')?.focus();
        };
        put(place, offer());
    }

    async #do(form: HTMLElement, fresh: NewPassword, work: () => ReturnType<typeof send>, good: string, wrong: string): Promise<void> {
        const disable = (disabled: boolean): void => {
            for (const button of form.querySelectorAll('button')) {
                button.disabled = disabled;
            }
        };
        put(this.#note);
        disable(true);
        const outcome = await work();
        disable(false);
        if (outcome.ok) {
            put(this.#note, good);
            await this.#onChange();
        } else {
            fresh.say(claimProblem(outcome, wrong));
        }
    }
}
