/** A password that is made up: two fields, the rule that it has to follow, and what is wrong with it. */
import { el, setText } from '../dom.js';
import { t } from '../text.js';

/** Least characters and most bytes of a password, as `oc_access_user.h` has them. */
const [leastCharacters, mostBytes] = [10, 128];

/** Why a password cannot be, in the reader's language; undefined: it can. */
export function passwordProblem(password: string, again: string): string | undefined {
    if ([...password].length < leastCharacters) {
        return t('passwordShort', { characters: leastCharacters });
    }
    if (new TextEncoder().encode(password).length > mostBytes) {
        return t('passwordLong', { bytes: mostBytes });
    }
    return password === again ? undefined : t('passwordDiffers');
}

/** One field for a password or a code. */
export function secretField(label: string, attributes: Record<string, string>): { readonly label: HTMLElement; readonly input: HTMLInputElement } {
    const input = el('input', { type: 'password', required: true, maxlength: '128', ...attributes });
    return { label: el('label', { class: 'field' }, el('span', {}, label), input), input };
}

/** Whose password it is: what a browser keeps it under. */
export function userField(user: string): HTMLElement {
    return el('label', { class: 'field' }, el('span', {}, t('page.user')), el('input', { type: 'text', value: user, readonly: true, autocomplete: 'username' }));
}

/** The two fields. */
export class NewPassword {
    readonly fields: readonly HTMLElement[];
    readonly #first: ReturnType<typeof secretField>;
    readonly #again: ReturnType<typeof secretField>;
    readonly #why: HTMLElement;

    /** id: what the ids of its parts begin with. */
    constructor(id = 'password') {
        this.#first = secretField(t('passwordNew'), { autocomplete: 'new-password', 'aria-describedby': `${id}-rule ${id}-why` });
        this.#again = secretField(t('passwordAgain'), { autocomplete: 'new-password', 'aria-describedby': `${id}-why` });
        this.#why = el('p', { class: 'why', id: `${id}-why`, role: 'alert' });
        const rule = el('p', { class: 'hint', id: `${id}-rule` }, t('passwordRule', { characters: leastCharacters }));
        this.fields = [this.#first.label, rule, this.#again.label, this.#why];
    }

    /** The password, when it can be one; else the reader is told why not. */
    read(): string | undefined {
        const { value } = this.#first.input;
        const problem = passwordProblem(value, this.#again.input.value);
        this.say(problem ?? '');
        for (const { input } of [this.#first, this.#again]) {
            input.setAttribute('aria-invalid', String(problem !== undefined));
        }
        if (problem !== undefined) {
            (problem === t('passwordDiffers') ? this.#again : this.#first).input.focus();
            return undefined;
        }
        return value;
    }

    /** What else went wrong; empty: nothing. */
    say(problem: string): void {
        setText(this.#why, problem);
        this.#why.classList.toggle('shown', problem !== '');
    }
}
