/** What the page remembers between visits: how the reader likes it, nothing of any study. */
import * as z from 'zod';
import { layoutNames, type LayoutName } from './layouts.ts';

// Zod compiles its checks with `new Function` where it may; the page's security policy forbids that.
z.config({ jitless: true });

const schema = z.object({
  layout: z.enum(layoutNames as [LayoutName, ...LayoutName[]]).catch('read'),
  panelOpen: z.boolean().catch(true),
  /** Scores stay covered until a click. */
  readFirst: z.boolean().catch(false),
  /** The analysis starts when the study is complete. */
  runByItself: z.boolean().catch(true),
  /** Keys of one letter (WCAG 2.1.4). */
  singleKeys: z.boolean().catch(true),
  engine: z.enum(['auto', 'webgpu', 'wasm']).catch('auto'),
  /** null: the one the models' index names. */
  model: z.string().nullable().catch(null),
  lesionStyle: z.enum(['outline', 'fill', 'both']).catch('outline'),
  fillOpacity: z.number().min(0).max(1).catch(0.2),
  evidenceOpacity: z.number().min(0).max(1).catch(0.35),
  referenceLines: z.boolean().catch(true),
  /** The reader's own keys, by action. */
  keys: z.record(z.string(), z.array(z.string())).catch({}),
  /** Of the last analysis on this machine, to foretell the next. */
  lastRun: z
    .object({ plan: z.string(), engine: z.string(), elapsedMs: z.number(), slices: z.number() })
    .nullable()
    .catch(null),
});
export type Preferences = z.infer<typeof schema>;

export const defaultPreferences: Preferences = schema.parse({});

const key = 'preferences';

/** What is not understood (an older version, a hand that edited it) falls back to the default, entry by entry. */
export function parsePreferences(text: string | null): Preferences {
  let json: unknown = {};
  try {
    json = JSON.parse(text ?? '{}');
  } catch {
    return defaultPreferences;
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : defaultPreferences;
}

/** Storage may be forbidden; then the page works and remembers nothing. */
export function loadPreferences(): Preferences {
  try {
    return parsePreferences(localStorage.getItem(key));
  } catch {
    return defaultPreferences;
  }
}

export function savePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(key, JSON.stringify(preferences));
  } catch {
    // Forbidden or full: said nowhere, since nothing of the study is lost.
  }
}
