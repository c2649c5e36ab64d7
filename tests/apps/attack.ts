// needs: none
/** An application without capabilities looks for a way out. */
import { attack } from 'ocellus/test/apps/attack';

await attack();
