/** The form of the first password, on the login page. */
import { send } from '../api.js';
import { el } from '../dom.js';
import { allTexts, t } from '../text.js';
import { claimProblem, readClaim } from './claim.js';
import { NewPassword, secretField, userField } from './new-password.js';

/** In place of the login while nobody has a password yet: the first one, by the code that the program shows where it was started. */
export async function offerClaim(form: HTMLFormElement): Promise<void> {
    const answer = await readClaim();
    if (answer.kind !== 'ok' || !answer.value.needed) {
        return;
    }
    await allTexts();
    const { code } = answer.value;
    const typed = secretField(t('claimCode'), { type: 'text', autocomplete: 'one-time-code', autocapitalize: 'characters', spellcheck: 'false', maxlength: '20' });
    const fresh = new NewPassword();
    const button = el('button', { type: 'submit' }, t('passwordSet'));
    const made = el('form', { class: 'panel' }, el('h1', {}, t('product')), el('h2', {}, t('claimTitle')), el('p', { class: 'hint' }, t('claimText')));
    made.append(...(code ? [typed.label, el('p', { class: 'hint' }, t('claimWhere'))] : []), userField('admin'), ...fresh.fields, button);
    made.addEventListener('submit', (event) => {
        event.preventDefault();
        const password = fresh.read();
        if (password !== undefined) {
            button.disabled = true;
            void claim(fresh, typed.input, code ? { code: typed.input.value, password } : { password }).finally(() => (button.disabled = false));
        }
    });
    form.replaceWith(made);
    (code ? typed.input : made.querySelector<HTMLInputElement>('input[type=password]'))?.focus();
}

async function claim(fresh: NewPassword, code: HTMLInputElement, body: object): Promise<void> {
    const outcome = await send('POST', '/api/claim', body);
    if (outcome.ok) {
        location.replace('./');
        return;
    }
    fresh.say(claimProblem(outcome, t('claimWrong')));
    if (outcome.status === 403) {
        code.select();
    }
}
