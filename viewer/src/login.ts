/** The login page. It works without this script, as a plain form; with it, the page says more and stays. */
import { type Claim, claimProblem, readClaim } from './access/claim.js';
import { NewPassword, secretField, userField } from './access/new-password.js';
import { send } from './api.js';
import { el } from './dom.js';
import { applyTheme, currentTheme } from './preferences.js';
import { preferredLanguage, t, useLanguage, word } from './text.js';

/** What is said for an answer of `POST /login`. */
function problem(status: number, retryAfter: string | null): string {
    if (status === 401) {
        return t('loginFailed');
    }
    return status === 429 ? t('loginWait', { seconds: Math.max(1, Number(retryAfter ?? 1)) }) : t('offlineText');
}

async function logIn(form: HTMLFormElement, why: HTMLElement): Promise<void> {
    const fields = new FormData(form);
    const body = JSON.stringify({ user: String(fields.get('user')), password: String(fields.get('password')) });
    try {
        const response = await fetch('./login', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        if (response.ok) {
            location.replace('./');
            return;
        }
        why.textContent = problem(response.status, response.headers.get('retry-after'));
    } catch {
        why.textContent = t('offlineText');
    }
    why.classList.add('shown');
    form.querySelector<HTMLInputElement>('input[type=password]')?.select();
}

/** Nobody has a password yet: the first one, by the code that the program shows where it was started. */
function offerClaim(form: HTMLFormElement, { code }: Claim): void {
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

/** The English words of login.html in the reader's language: `data-text` names them. */
function translate(): void {
    for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
        element.textContent = word('page', element.dataset['text'] ?? '');
    }
}

applyTheme(currentTheme());
const form = document.querySelector('form');
const why = document.querySelector<HTMLElement>('#failed');
if (form && why) {
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        const button = form.querySelector('button');
        button?.setAttribute('disabled', '');
        void logIn(form, why).finally(() => button?.removeAttribute('disabled'));
    });
}
await useLanguage(preferredLanguage(navigator.languages));
translate();
const first = await readClaim();
if (form && first.kind === 'ok' && first.value.needed) {
    offerClaim(form, first.value);
}
