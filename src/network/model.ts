/** Models: a manifest and weights, checked before anything is computed with them. */
import type * as z from 'zod';
import { readWeights, writeWeights } from '../formats/weights.ts';
import { describeParameters } from './describe.ts';
import type { Weights } from './graph.ts';
import { seededWeights } from './initialWeights.ts';
import { sameShape } from './layers/layer.ts';
import { manifestSchema, modelIndexSchema, wordsOf, type Manifest, type ModelIndex } from './manifest.ts';
import { plans, type Plan } from './plans.ts';
import { sha256Of } from './sha256.ts';

export interface Model {
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly weights: Weights;
  /** Of the weights as a file, also where they were made from a seed. */
  readonly sha256: string;
}

export interface RefusedModel {
  readonly kind: 'refused';
  readonly message: string;
}
export type Loaded<T> = { readonly kind: 'loaded'; readonly value: T } | RefusedModel;

/** Bytes of a file of the models' folder, such as `index.json` or `lite/manifest.json`. */
export type FetchBytes = (path: string) => Promise<Uint8Array>;

const refused = (message: string): RefusedModel => ({ kind: 'refused', message });
const loaded = <T>(value: T): Loaded<T> => ({ kind: 'loaded', value });

export function loadModelIndex(fetchBytes: FetchBytes): Promise<Loaded<ModelIndex>> {
  return loadJson(fetchBytes, 'index.json', modelIndexSchema);
}

/** The manifest alone: what the page lists. */
export async function loadManifest(fetchBytes: FetchBytes, name: string): Promise<Loaded<Manifest>> {
  const path = `${name}/manifest.json`;
  const manifest = await loadJson(fetchBytes, path, manifestSchema);
  if (manifest.kind === 'loaded' && manifest.value.name !== name) {
    return refused(`The model's file ${path} calls itself ${manifest.value.name}.`);
  }
  return manifest;
}

/** Manifest and weights, with the weights' checksum, names, shapes and values verified. */
export async function loadModel(fetchBytes: FetchBytes, name: string): Promise<Loaded<Model>> {
  const manifest = await loadManifest(fetchBytes, name);
  if (manifest.kind === 'refused') return manifest;
  const plan = plans[manifest.value.plan];
  const from = manifest.value.weights;
  if ('seeded' in from) {
    const weights = seededWeights(plan, from.seeded);
    return loaded({ manifest: manifest.value, plan, weights, sha256: await sha256Of(writeWeights(weights)) });
  }
  const path = `${name}/${from.file}`;
  const bytes = await fetchOrNull(fetchBytes, path);
  if (!bytes) return refused(`The model's file ${path} could not be loaded.`);
  const sha256 = await sha256Of(bytes);
  if (sha256 !== from.sha256) {
    return refused(`The model's file ${path} is damaged or not the one it should be: its checksum differs.`);
  }
  const weights = readWeights(bytes);
  if (weights.kind === 'refused') return refused(`${path}: ${weights.message}`);
  const problem = problemOfWeights(plan, weights.tensors);
  return problem
    ? refused(`${path}: ${problem}`)
    : loaded({ manifest: manifest.value, plan, weights: weights.tensors, sha256 });
}

/** What keeps weights from being those of a plan, in words; null where nothing does. */
export function problemOfWeights(plan: Plan, weights: Weights): string | null {
  const parameters = describeParameters(plan);
  const missing = parameters.filter(({ name }) => !weights.has(name)).map(({ name }) => name);
  if (missing.length > 0) return `${some(missing, `of plan ${plan.name}`)} missing.`;
  for (const { name, shape } of parameters) {
    const has = weights.get(name);
    if (has && !sameShape(has.shape, shape)) {
      return `Tensor ${name} is ${sizes(has.shape)}, plan ${plan.name} needs ${sizes(shape)}.`;
    }
    if (has?.data.some((value) => !Number.isFinite(value))) return `Tensor ${name} holds values that are not numbers.`;
  }
  const known = new Set(parameters.map(({ name }) => name));
  const unknown = [...weights.keys()].filter((name) => !known.has(name));
  return unknown.length > 0 ? `${some(unknown, '')} not part of plan ${plan.name}.` : null;
}

const sizes = (shape: readonly number[]) => shape.join(' x ') || 'a single number';

/** "Tensor a OF is" or "Tensors a, b, c and 4 others OF are". */
function some(names: readonly string[], of: string): string {
  const others = names.length > 3 ? `and ${names.length - 3} others` : '';
  const words = [names.length === 1 ? 'Tensor' : 'Tensors', names.slice(0, 3).join(', '), others, of];
  return [...words, names.length === 1 ? 'is' : 'are'].filter(Boolean).join(' ');
}

async function loadJson<T>(fetchBytes: FetchBytes, path: string, schema: z.ZodType<T>): Promise<Loaded<T>> {
  const bytes = await fetchOrNull(fetchBytes, path);
  if (!bytes) return refused(`The models' file ${path} could not be loaded.`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refused(`The models' file ${path} is not JSON.`);
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? loaded(parsed.data) : refused(`The models' file ${path}: ${wordsOf(parsed.error)}.`);
}

/** A file that is not there is the folder's fault, not ours. */
async function fetchOrNull(fetchBytes: FetchBytes, path: string): Promise<Uint8Array | null> {
  try {
    return await fetchBytes(path);
  } catch {
    return null;
  }
}
