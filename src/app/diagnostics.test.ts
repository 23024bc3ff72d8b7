import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { madeDiagnosis, madeSeries, madeStudy } from '../diagnosis/exports/madeStudy.ts';
import type { Opened, Series } from '../formats/series.ts';
import type { ViewerState } from '../viewer/contract.ts';
import { whatHelps } from './help.ts';
import { diagnosticsText, type PageFacts } from './diagnostics.ts';
import { createAppStore, type AppState } from './state.ts';

const page: PageFacts = { userAgent: 'Browser/1', processorCores: 4, memoryGb: 8, isolated: true, pixelRatio: 2 };
const machine = { adapter: { name: 'made up', isSoftware: true, features: [], limits: { maxBufferSize: 268435456 } } };

/** A name wherever a header or a file may carry one. */
const hostile = 'Zebedee <img src=x onerror=alert(1)> O\'Quill "],{"';
const named: Series = {
  ...madeSeries,
  patient: { name: hostile, id: hostile, birthDate: '1931-12-13', sex: hostile },
  study: { instanceUid: '1.2.987654', date: '2021-05-06', description: hostile },
  seriesInstanceUid: hostile,
  description: hostile,
  kernel: hostile,
  manufacturer: hostile,
  modality: hostile,
};
const opened: Opened = {
  series: [named],
  problems: [{ fileName: `${hostile}.dcm`, message: `${hostile} is damaged.` }],
  counts: { files: 2, dicom: 1, nifti: 0, ignored: [{ reason: 'Text', count: 1, example: hostile }] },
};
const read = madeStudy(named).read;
const base = createAppStore({ problem: null } as unknown as ViewerState).getState();
const textOf = (part: Partial<AppState>) => diagnosticsText({ ...base, ...part }, page, machine);
const isWithoutIdentity = (text: string) =>
  expect(text).not.toMatch(/Zebedee|Quill|onerror|1931|2021-05|987654|1\.2\.3\.4/);

test('a study on screen: geometry, model, engine, timings; nobody', () => {
  const run = { kind: 'done', diagnosis: madeDiagnosis() } as const;
  const text = textOf({ session: { kind: 'viewing', opened, series: named, read }, run });
  isWithoutIdentity(text);
  expect(JSON.parse(text)).toMatchObject({
    page,
    machine,
    session: 'viewing',
    series: { found: 1, unreadableFiles: 1, slices: 20, thicknessMm: 5 },
    geometry: { shape: [20, 33, 41], notes: ['thick-slices (warning): The slices are 5 mm thick.', expect.anything()] },
    run: { kind: 'done', model: 'lite-made 1.2.3, plan lite, abababababab', timingsMs: { lungs: 12, findings: 3 } },
    errors: [],
  });
});

test('an enhanced file may name any transfer syntax', () => {
  const frames = [{ layout: { transferSyntax: hostile } }] as never;
  const series: Series = { ...named, source: 'dicom', frames };
  const text = textOf({ session: { kind: 'reading', opened, series, progress: null, hasImage: false } });
  isWithoutIdentity(text);
  expect(JSON.parse(text).series.transferSyntax).toBe('unknown');
});

test('errors go in by code and place in the program, not by their words', () => {
  const detail = `Error: ${hostile}\n    at readSeries (http://localhost/assets/index-abc.js:12:34)\n    at ${hostile}`;
  const problem = { code: 'read-program', message: `${hostile}: it failed.`, detail };
  const failed = { kind: 'failed', code: 'engine-failed', message: 'The engine failed.', detail: 'lost' } as const;
  const text = textOf({ session: { kind: 'choosing', opened, problem }, run: failed });
  isWithoutIdentity(text);
  expect(JSON.parse(text).errors).toEqual([
    { code: 'read-program', at: ['index-abc.js:12:34'] },
    { code: 'engine-failed', message: 'The engine failed.', detail: 'lost' },
  ]);
});

test('docs/reliability.md explains every code that the page can show', () => {
  const source = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const union = (text: string, name: string) =>
    [...(new RegExp(`type ${name} =([^;]+);`).exec(text)?.[1] ?? '').matchAll(/'([\w-]+)'/g)].map(([, code]) => code);
  const quoted = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, code]) => code);
  const codes = [
    ...union(source('../formats/series.ts'), 'RefusalCode').map((code) => `read-${code}`),
    ...union(source('../engine/contract.ts'), 'EngineErrorCode').map((code) => `engine-${code}`),
    ...['serve', 'engineRoom', 'connect'].flatMap((file) =>
      quoted(source(`../diagnosis/${file}.ts`), /DiagnosisFailure\('([\w-]+)'/g),
    ),
    ...quoted(source('./session.ts'), /(?:code: |problemOf\()'([\w-]+)'/g),
  ];
  expect(codes.length).toBeGreaterThan(25);
  const explained = quoted(source('../../docs/reliability.md'), /^\| `([\w-]+)` /gm);
  expect(new Set(explained)).toEqual(new Set(codes));
  // Where the document knows of something that helps, the page says it beside the message.
  const helped = quoted(source('../../docs/reliability.md'), /^\| `([\w-]+)` .*\| (?!–)[^|]+\|$/gm);
  expect(new Set(Object.keys(whatHelps))).toEqual(new Set(helped));
});
