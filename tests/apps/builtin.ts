/** A built-in over a huge length: no bytecode runs meanwhile. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1));
