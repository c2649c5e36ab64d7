/** How the element looks. A page sets its size; its parts are its own. */
export const style = `
:host { display: block; position: relative; aspect-ratio: 16 / 9; max-width: 100%; overflow: hidden; background: #000; color: #fff; font: 14px/1.4 system-ui, sans-serif }
:host([hidden]) { display: none }
:host([height]) { aspect-ratio: auto }
:host(:focus-visible), button:focus-visible { outline: 3px solid #4da3ff; outline-offset: -3px }
.stage, .stage > * { position: absolute; inset: 0; width: 100%; height: 100% }
.stage > * { object-fit: contain }
.notice { position: absolute; inset: 0; display: grid; place-items: center; padding: 1em; text-align: center; background: rgb(0 0 0 / 55%); pointer-events: none }
.notice[hidden] { display: none }
.bar { position: absolute; inset: auto 0 0; display: flex; gap: 4px; align-items: center; padding: 4px; background: rgb(0 0 0 / 60%); opacity: 0; transition: opacity .2s }
:host(:hover) .bar, :host(:focus-within) .bar, :host(:focus) .bar { opacity: 1 }
@media (hover: none) { .bar { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .bar { transition: none } }
.hint { flex: 1; padding: 0 8px; text-align: right }
button { min-width: 40px; min-height: 40px; border: 0; border-radius: 4px; background: transparent; color: inherit; font: inherit; cursor: pointer }
button:hover { background: rgb(255 255 255 / 20%) }
`;
