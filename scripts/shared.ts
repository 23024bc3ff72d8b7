/** The reference data that lie beside the checkout, for tests only; the project itself never needs them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../shared/', import.meta.url));

/** Path of a file or folder under ../shared, or null where it is absent (say so and skip). */
export function sharedPath(relative: string): string | null {
  return existsSync(root + relative) ? root + relative : null;
}
