/** The login page. It works without this script, as a plain form; with it, the page says more and stays. */
import { strings } from './strings.js';

/** What is said for an answer of `POST /login`. */
function problem(status: number, retryAfter: string | null): string {
    if (status === 401) {
        return strings.loginFailed;
    }
    return status === 429 ? strings.loginWait(Math.max(1, Number(retryAfter ?? 1))) : strings.offlineText;
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
        why.textContent = strings.offlineText;
    }
    why.classList.add('shown');
    form.querySelector<HTMLInputElement>('input[type=password]')?.select();
}

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
