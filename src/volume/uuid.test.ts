import { expect, test } from 'vitest';
import { randomUuid } from './uuid.ts';

test('UUIDs are of version 4 and never the same', () => {
  const made = Array.from({ length: 1000 }, randomUuid);
  for (const uuid of made) expect(uuid).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  expect(new Set(made).size).toBe(1000);
});
