/** Lists every package of which a part is shipped, in page, workers and service worker, with its licence: `licences.json`
 *  beside the page. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** As the package names it: an SPDX expression. */
  readonly licence: string;
  readonly text: string;
}

/** Taken from anywhere in a package, its own folders with a mere `{"type": "module"}` included.
 *  @returns null for our own files */
export function packageFolderOf(moduleId: string): string | null {
  const path = moduleId.replace(/^\0/, '').split('?')[0];
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null;
}

/** @throws where a package names no licence: it must not be shipped before somebody has looked */
export function shippedPackage(folder: string): ShippedPackage {
  const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // Two older ways of writing it: an object, and a list of them.
  const licence = license?.type ?? license ?? licenses?.map(({ type }: { type: string }) => type).join(' OR ');
  if (typeof licence !== 'string' || licence === '') throw new Error(`${name} names no licence`);
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry));
  return { name, version, licence, text: file ? readFileSync(join(folder, file), 'utf8') : '' };
}

/** Two plugins of one list: Vite bundles workers by themselves. */
export function licencesPlugin(): { page: Plugin; worker: () => Plugin } {
  const folders = new Set<string>();
  const collect = (moduleIds: Iterable<string>) => {
    for (const id of moduleIds) {
      const folder = packageFolderOf(id);
      if (folder && existsSync(join(folder, 'package.json'))) folders.add(folder);
    }
  };
  return {
    worker: () => ({
      name: 'licences-of-workers',
      generateBundle() {
        collect(this.getModuleIds());
      },
    }),
    page: {
      name: 'licences',
      apply: 'build',
      generateBundle() {
        collect(this.getModuleIds());
        const packages = [...folders].map(shippedPackage);
        const source = JSON.stringify(packages.sort((a, b) => (a.name < b.name ? -1 : 1)));
        this.emitFile({ type: 'asset', fileName: 'licences.json', source });
      },
    },
  };
}
