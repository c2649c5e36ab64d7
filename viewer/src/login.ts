/** The login page. It works without this script, as a plain form; with it, the page says more and stays. */
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

/** The English words of login.html in the reader's language: `data-text` names them. They stay where the language did not come in. */
function translate(): void {
    for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
        const name = element.dataset['text'] ?? '';
        const text = word('page', name);
        if (text !== name) {
            element.textContent = text;
        }
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
// the page of the device shares its first file with this one, and has no use for a claim
const { offerClaim } = await import('./access/claim-form.js');
if (form) {
    await offerClaim(form);
}
