/** Attributes of an element; a function is a listener, `false` and `undefined` leave the attribute out. */
export type Attributes = Record<string, string | boolean | undefined | ((event: Event) => void)>;
/** What an element may hold; `undefined` is left out. */
export type Child = Node | string | undefined;

/** Makes an element. Text is always text, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
    name: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === 'function') {
            element.addEventListener(key, value);
        } else if (value === true) {
            element.setAttribute(key, '');
        } else if (value !== false && value !== undefined) {
            element.setAttribute(key, value);
        }
    }
    put(element, ...children);
    return element;
}

/** Replaces what is in an element. */
export function put(element: Element, ...children: Child[]): void {
    element.replaceChildren(...children.filter((child) => child !== undefined));
}

/** Sets the text only when it changes, so that screen readers do not repeat it. */
export function setText(element: Element, text: string): void {
    if (element.textContent !== text) {
        element.textContent = text;
    }
}
