// Calls that are the last thing a function does keep the function in the stack (ADR 104): both engines would give its
// place to what it calls, and an error would not name the application's line.
//
//   return f(x);   →  { const $kept = f(x); return $kept; }
//   (x) => f(x)    →  (x) => { const $kept = f(x); return $kept; }
//
// No line is added or removed, so that source maps stay right.
import { parse } from 'acorn';

const kept = '$ocellus_kept';

/** A node of the syntax tree. @typedef {any} Node */

/** Whether its value may be that of a call, in a place where the engine leaves the function first. @param {Node} node @returns {boolean} */
function endsInCall({ type, right, consequent, alternate, expressions, expression }) {
    switch (type) {
        case 'CallExpression':
        case 'TaggedTemplateExpression':
            return true;
        case 'ChainExpression':
            return endsInCall(expression);
        case 'LogicalExpression':
            return endsInCall(right);
        case 'ConditionalExpression':
            return endsInCall(consequent) || endsInCall(alternate);
        case 'SequenceExpression':
            return endsInCall(expressions.at(-1));
        default:
            return false;
    }
}

/**
 * The same module whose functions stay in the stack.
 * @param {string} code JavaScript as tsc emits it
 * @returns {string}
 */
export function keepFrames(code) {
    /** @type {import('acorn').Token[]} */
    const tokens = [];
    let tree;
    try {
        tree = parse(code, { ecmaVersion: 2022, sourceType: 'module', onToken: tokens });
    } catch {
        return code; // the lowering says what is wrong, with its place
    }
    /** @type {{ at: number, text: string, remove?: number }[]} */
    const edits = [];
    /** @param {Node} node */
    const visit = (node) => {
        if (node.type === 'ReturnStatement' && node.argument && endsInCall(node.argument)) {
            const semicolon = code[node.end - 1] === ';';
            edits.push({ at: node.start, text: `{ const ${kept} =`, remove: 'return'.length }, { at: node.end, text: `${semicolon ? '' : ';'} return ${kept}; }` });
        }
        if (node.type === 'ArrowFunctionExpression' && node.expression && endsInCall(node.body)) {
            // brackets may stand around the body: it begins behind the last arrow before it
            const arrow = tokens.findLast(({ type, end }) => type.label === '=>' && end <= node.body.start);
            edits.push({ at: arrow?.end ?? node.body.start, text: ` { const ${kept} =` }, { at: node.end, text: `; return ${kept}; }` });
        }
        for (const child of Object.values(node).flat()) if (typeof child?.type === 'string') visit(child);
    };
    visit(tree);
    let out = '';
    let from = 0;
    for (const { at, text, remove = 0 } of edits.sort((a, b) => a.at - b.at)) {
        out += code.slice(from, at) + text;
        from = at + remove;
    }
    return out + code.slice(from);
}
