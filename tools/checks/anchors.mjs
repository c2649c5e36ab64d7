// Links to a heading of one of our documents (`file.md#heading`, `#heading`) name a heading that is there, by GitHub's rules.
import path from 'node:path';

const fences = /^( *)(```+|~~~+)[^\n]*\n[\s\S]*?(?:^ *\2[`~]*[ \t]*$|$(?![\s\S]))/gm;

/** A heading as GitHub names it in an address, before numbers for those that repeat. @param {string} heading in Markdown */
export const slugOf = (heading) =>
    heading
        .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1') // a link is its text
        .replace(/<[^>]*>/g, '')
        .replace(/(\*\*|__)(?=\S)([\s\S]*?\S)\1/g, '$2')
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '') // Pc: the underscore and its kin
        .replaceAll(' ', '-');

/** Every anchor of a document. @param {string} text @returns {Set<string>} */
export function anchorsOf(text) {
    const prose = text.replace(fences, '');
    /** @type {Map<string, number>} */
    const seen = new Map();
    /** @type {Set<string>} */
    const anchors = new Set([...prose.matchAll(/<[a-z]+\b[^>]*\b(?:id|name)="([^"]+)"/gi)].map((match) => match[1] ?? ''));
    for (const match of prose.matchAll(/^ {0,3}#{1,6}[ \t]+([^\n]*?)(?:[ \t]+#+)?[ \t]*$|^(\S[^\n]*)\n(?:=+|-{2,})[ \t]*$/gm)) {
        const slug = slugOf(match[1] ?? match[2] ?? '');
        let count = seen.get(slug) ?? 0;
        let anchor = count === 0 ? slug : `${slug}-${count}`;
        while (anchors.has(anchor)) {
            anchor = `${slug}-${++count}`;
        }
        seen.set(slug, count + 1);
        anchors.add(anchor);
    }
    return anchors;
}

/**
 * Links of documents whose anchor is missing.
 * @param {Record<string, string>} documents text of each .md file by its path
 * @returns {string[]}
 */
export function brokenAnchors(documents) {
    /** @type {Map<string, Set<string>>} */
    const known = new Map();
    const anchors = (/** @type {string} */ file) => {
        const found = known.get(file) ?? anchorsOf(documents[file] ?? '');
        known.set(file, found);
        return found;
    };
    return Object.entries(documents).flatMap(([file, text]) =>
        [...text.replace(fences, '').replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)|^ *\[[^\]]+\]: *([^#\s]*)#(\S+)/gm)].flatMap((match) => {
            const target = match[1] ?? match[3] ?? '';
            const anchor = decodeURIComponent(match[2] ?? match[4] ?? '');
            const to = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
            return /^[a-z]+:/.test(target) || !(to in documents) || anchors(to).has(anchor) ? [] : [`${file}: link to ${target}#${anchor}: no heading of ${to} has that anchor`];
        }),
    );
}
