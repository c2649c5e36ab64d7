// needs: media
/** An application with `media` alone looks for a way out. */
import { attack } from 'ocellus/test/apps/attack';

await attack();
