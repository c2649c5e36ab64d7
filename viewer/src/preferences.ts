/** What a reader chose in this browser. A browser that keeps nothing (private windows, blocked storage) is no error. */

const prefix = 'ocellus.';

/** undefined: nothing was chosen. */
export function preference(name: 'language' | 'theme'): string | undefined {
    try {
        return localStorage.getItem(prefix + name) ?? undefined;
    } catch {
        return undefined;
    }
}

/** undefined: back to what the browser says. */
export function setPreference(name: 'language' | 'theme', value: string | undefined): void {
    try {
        if (value === undefined) {
            localStorage.removeItem(prefix + name);
        } else {
            localStorage.setItem(prefix + name, value);
        }
    } catch {
        // it holds until the page is left
    }
}

/** system: as the browser says. */
export const themes = ['system', 'light', 'dark'] as const;
/** A choice of colours. */
export type Theme = (typeof themes)[number];

/** The choice in force. */
export function currentTheme(): Theme {
    const found = preference('theme');
    return themes.find((theme) => theme === found) ?? 'system';
}

/** Colours from now on, remembered. */
export function chooseTheme(theme: Theme): void {
    setPreference('theme', theme === 'system' ? undefined : theme);
    applyTheme(theme);
}

/** Puts the choice on the page; style.css does the rest. */
export function applyTheme(theme: Theme): void {
    if (theme === 'system') {
        delete document.documentElement.dataset['theme'];
    } else {
        document.documentElement.dataset['theme'] = theme;
    }
}
