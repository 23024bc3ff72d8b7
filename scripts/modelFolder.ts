/** Writes a model's folder under public/models and enters it into the index. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWeights } from '../src/formats/weights.ts';
import type { Weights } from '../src/network/graph.ts';
import { manifestSchema, modelIndexSchema, type Manifest } from '../src/network/manifest.ts';
import { sha256Of } from '../src/network/sha256.ts';

export const modelsFolder = fileURLToPath(new URL('../public/models/', import.meta.url));

export type ManifestWords = Omit<Manifest, 'weights'>;

/** @param weights written as `weights.safetensors`; or the seed from which they are made when needed
 *  @param folder of all models
 *  @returns the model's folder */
export async function writeModel(
  words: ManifestWords,
  weights: Weights | { readonly seeded: number },
  folder = modelsFolder,
): Promise<string> {
  const path = join(folder, words.name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  let from: Manifest['weights'];
  if ('seeded' in weights) {
    from = weights;
  } else {
    const bytes = writeWeights(weights, { model: words.name, version: words.version });
    await writeFile(join(path, 'weights.safetensors'), bytes);
    from = { file: 'weights.safetensors', sha256: await sha256Of(bytes) };
  }
  const manifest = manifestSchema.parse({ ...words, weights: from });
  await writeFile(join(path, 'manifest.json'), asJson(manifest));
  await enterIntoIndex(words.name, folder);
  return path;
}

async function enterIntoIndex(name: string, folder: string): Promise<void> {
  const path = join(folder, 'index.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  const index = text === null ? { default: name, models: [] } : modelIndexSchema.parse(JSON.parse(text));
  const models = index.models.includes(name) ? index.models : [...index.models, name];
  await writeFile(path, asJson({ ...index, models }));
}

const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
