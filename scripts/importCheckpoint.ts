/** Turns trained weights from elsewhere into a model's folder, marked unverified. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readCheckpoint } from '../src/formats/checkpoint/readCheckpoint.ts';
import { readWeights } from '../src/formats/weights.ts';
import { classes } from '../src/network/describe.ts';
import type { Weights } from '../src/network/graph.ts';
import {
  authorsPreprocessing,
  checkpointParts,
  fitToPlan,
  joinParts,
  type CheckpointPart,
} from '../src/network/importWeights.ts';
import type { PlanName } from '../src/network/plans.ts';
import { ourPreprocessing, type Preprocessing } from '../src/network/preprocessing.ts';
import { writeModel } from './modelFolder.ts';

export interface ImportOptions {
  /** A folder with the authors' five .pth files, or a .safetensors file with the network's own names. */
  readonly source: string;
  readonly name: string;
  readonly version?: string;
  /** By the weights' width where not given. */
  readonly plan?: PlanName;
  /** Fields that differ from what the kind of source suggests. */
  readonly preprocessing?: Partial<Preprocessing>;
  /** How the weights were trained, in words. */
  readonly training?: string;
  /** Of all models. */
  readonly folder?: string;
}
export type Imported =
  | { readonly kind: 'imported'; readonly path: string; readonly plan: PlanName }
  | { readonly kind: 'refused'; readonly message: string };

type Source =
  | { readonly kind: 'read'; readonly weights: Weights; readonly preprocessing: Preprocessing }
  | { readonly kind: 'refused'; readonly message: string };

export async function importCheckpoint(options: ImportOptions): Promise<Imported> {
  const source = await readSource(options.source);
  if (source.kind === 'refused') return source;
  const fitted = fitToPlan(source.weights, options.plan ?? null);
  if (fitted.kind === 'refused') return { kind: 'refused', message: `${options.source}: ${fitted.message}` };
  const words = {
    name: options.name,
    version: options.version ?? '1',
    card: 'Imported weights. Nobody here has verified what they do.',
    plan: fitted.plan,
    classes: [...classes] as [(typeof classes)[0], (typeof classes)[1], (typeof classes)[2]],
    preprocessing: { ...source.preprocessing, ...options.preprocessing },
    training: options.training ?? `Not known. Imported from ${basename(options.source)}.`,
    evidence: 'none' as const,
    verified: false,
  };
  return { kind: 'imported', path: await writeModel(words, fitted.weights, options.folder), plan: fitted.plan };
}

async function readSource(path: string): Promise<Source> {
  const found = await stat(path).catch(() => null);
  if (!found) return { kind: 'refused', message: `${path} does not exist.` };
  if (found.isDirectory()) return readParts(path);
  if (!path.endsWith('.safetensors')) {
    const message = `${path} is neither a folder of .pth files nor a .safetensors file.`;
    return { kind: 'refused', message };
  }
  const file = readWeights(await readFile(path));
  if (file.kind === 'refused') return { kind: 'refused', message: `${path}: ${file.message}` };
  const weights = new Map([...file.tensors].map(([key, tensor]) => [key.replace(/^(module\.)+/, ''), tensor]));
  return { kind: 'read', weights, preprocessing: ourPreprocessing };
}

async function readParts(folder: string): Promise<Source> {
  const files = await readdir(folder);
  const parts: Partial<Record<CheckpointPart, Weights>> = {};
  for (const part of Object.keys(checkpointParts) as CheckpointPart[]) {
    const file = files.find((name) => name === `${part}.pth` || name === `${part}.pt`);
    if (!file) return { kind: 'refused', message: `${folder} holds no ${part}.pth.` };
    const checkpoint = readCheckpoint(await readFile(join(folder, file)));
    if (checkpoint.kind === 'refused') return { kind: 'refused', message: `${file}: ${checkpoint.message}` };
    parts[part] = checkpoint.tensors;
  }
  const weights = joinParts(parts as Record<CheckpointPart, Weights>);
  return { kind: 'read', weights, preprocessing: authorsPreprocessing };
}
