// In place of Vite's helper for parts that are loaded later: of its 1.5 KB this page needs little.

/** Loads styles, and asks for modules already, before a part runs. @type {string} */
const code = `
const seen = {};
export const __vitePreload = (load, deps = [], importer) =>
    Promise.all(deps.map((dep) => {
        const { href } = new URL(dep, importer);
        return (seen[href] ??= new Promise((done, failed) => {
            const css = href.endsWith('.css');
            if (css && [...document.styleSheets].some((sheet) => sheet.href === href)) {
                return done();
            }
            const link = document.createElement('link');
            link.rel = css ? 'stylesheet' : 'modulepreload';
            link.href = href;
            link.onload = done;
            link.onerror = () => {
                delete seen[href];
                failed(new Error(href));
            };
            document.head.append(link);
            css || done();
        }));
    })).then(load);
`;

/** @returns {import('vite').Plugin} */
export function smallPreload() {
    return { name: 'small-preload', enforce: 'pre', load: (id) => (id === '\0vite/preload-helper.js' ? code : null) };
}
